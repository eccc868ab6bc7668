"""No name can stop a letter: every script, emoji, stacked marks, hidden directions, formulas, markup and paths."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.letters.annex import as_csv, as_json
from service.letters.coverage import REPLACEMENT, printable
from service.letters.printing import print_letter
from service.letters.typesetting import typeset
from tests.letters.made_up import LANGUAGES, MadeUp
from tests.letters.validation import faults

SCRIPTS = {
    "Latin": "Ayşe Öztürk Đặng Łukasz Ólafur Ǆ ﬀ",
    "Greek": "Νίκος Παπαδόπουλος",
    "Cyrillic": "Олена Шевченко Ӣ",
    "Armenian": "Արամ Խաչատրյան",
    "Georgian": "გიორგი",
    "Hebrew": "דוד כהן",
    "Arabic": "محمد الأحمد",
    "Uyghur": "ئابلىز تۇرسۇن",
    "Persian": "نمی\u200cخواهم",
    "Syriac": "ܐܒܪܗܡ",
    "Thaana": "އަހްމަދު",
    "Devanagari": "राम शर्मा",
    "Bengali": "রহিম",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ",
    "Gujarati": "રમેશ",
    "Oriya": "ରମେଶ",
    "Tamil": "குமார்",
    "Telugu": "రాము",
    "Kannada": "ರಾಮು",
    "Malayalam": "രാമൻ",
    "Sinhala": "කමල්",
    "Thai": "สมชาย ใจดี",
    "Lao": "ສົມສະໄໝ",
    "Tibetan": "བསྟན་འཛིན",
    "Myanmar": "အောင်ဆန်း",
    "Khmer": "សុខា",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ",
    "Hangul": "김철수",
    "Kana": "たろう ハナコ",
    "Han": "王伟 古丽娜尔 髙橋",
    "Ethiopic": "አበበ",
    "Cherokee": "ᏣᎳᎩ",
    "Tifinagh": "ⵎⵓⵃⴰ",
    "N'Ko": "ߒߞߏ",
    "Yi": "ꆈꌠ",
    "Gothic": "𐌲𐌿𐍄",
    "Old Turkic": "𐱅𐰇𐰼𐰰",
}
HOSTILE = {
    "emoji": "👩‍👩‍👧‍👦 🇹🇷 🌍",
    "sixty marks": "Z" + "\u0301\u0327\u0323\u0308" * 15,
    "sixty marks on Arabic": "ب" + "\u064e\u0651\u0670" * 20,
    "a mark alone": "\u0301",
    "bidi overrides": "abc\u202edef\u202cghi\u2066\u2067\u2069\u200f\u061c",
    "unclosed isolates": "\u2067\u2067\u202b\u202e evil",
    "controls": "a\x00b\x07c\x1bd\u2028e\ufeff\u00ad",
    "private use and noncharacters": "\ue000\U000f0000\ufdd0\ufffe\U0010ffff",
    "very long": "Example Name " * 40,
    "one very long word": "ExampleName" * 60,
    "long Arabic": "عبدالرحمن " * 40,
    "a formula": '=HYPERLINK("https://example.org","x")',
    "typst code": '#panic("run") #read("/etc/passwd") #sys.inputs #{ 1 + 1 } #import "x"',
    "typst markup": "*b* _i_ = h $x^2$ `raw` @ref <label> \\u{41} ~ --- // no comment /* nor */",
    "a path": "../../../etc/passwd",
    "HTML": "<script>alert(1)</script>",
    "JSON": '"},{"labels":{}}',
    "a placeholder": "{count} {verify} {0} %s",
    "nothing but spaces": "  \u00a0\u3000 ",
}
NAMES = {**SCRIPTS, **HOSTILE}


def _printed(names: list[str], language: str) -> dict[str, Any]:
    persons = [
        {"id": "p", "name": name, "spellings": [{"value": f"{name} II"}], "detail": {language: name}} for name in names
    ]
    organizer = {"name": names[0], "address": names[:6], "signed_by": names[-1]}
    example = MadeUp(languages=(language,), organizer=organizer, changes={"persons": persons})
    return print_letter(example.sources(), language, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_with_every_such_name_is_valid(language: str) -> None:
    template = MadeUp().sources().template.letter_typ
    assert faults(typeset(_printed(list(NAMES.values()), language), template)) == []


def test_there_are_thirty_scripts_and_those_of_the_fonts_are_drawn() -> None:
    assert len(SCRIPTS) >= 30
    drawn = {name for name, words in SCRIPTS.items() if REPLACEMENT not in printable(words)}
    assert {"Greek", "Cyrillic", "Arabic", "Uyghur", "Persian", "Thai"} <= drawn


def test_marks_are_not_stacked_over_other_lines_and_nothing_hides() -> None:
    assert printable("Z" + "\u0301" * 60 + "x\u0301") == "Z" + "\u0301" * 4 + "x\u0301"
    assert printable("a\x00\u202e\u00ad\u2028\ufeffb") == f"a{REPLACEMENT * 5}b"


@settings(max_examples=15, deadline=None)
@given(st.text(min_size=1, max_size=200), st.sampled_from(["tr", "ug"]))
def test_no_text_at_all_stops_a_letter(name: str, language: str) -> None:
    encodable = "".join(one for one in name if unicodedata.category(one) != "Cs")
    template = MadeUp().sources().template.letter_typ
    assert typeset(_printed([encodable or "x"], language), template).startswith(b"%PDF-1.7")


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8")), min_size=1, max_size=5))
def test_a_csv_is_read_back_cell_by_cell_and_no_cell_begins_as_a_formula(cells: list[str]) -> None:
    rows = [tuple(cells)]
    read = list(csv.reader(io.StringIO(as_csv("register", rows).decode(), newline="")))[1:]
    assert len(read) <= 1
    for cell, found in zip(cells, read[0] if read else [], strict=False):
        assert found.removeprefix("'") == cell.removeprefix("'")
        assert not found.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert as_json(rows).decode()
