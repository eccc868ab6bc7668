"""Whatever stands in a field is printed as text: nothing in it is run, read, or able to stop a letter."""

from __future__ import annotations

import pytest

from service.letters.annex import as_csv, as_json
from service.letters.coverage import printable
from service.letters.package import make_package
from service.letters.printing import print_letter
from tests.letters.examples import Example
from tests.letters.validation import faults

HOSTILE = {
    "an emoji": "Ayşe 🌍 Example",
    "typst code": '#panic("run") #read("/etc/passwd") #sys.inputs',
    "typst markup": "*b* _i_ = heading $x^2$ `raw` @ref <label> \\u{41} // no comment",
    "a path": "../../etc/passwd /etc/shadow",
    "HTML": "<script>alert(1)</script> & &amp;",
    "a formula": "=HYPERLINK(1)",
    "JSON": '"},"labels":{"page":"x"',
    "many marks": "Z\u0301\u0302\u0303\u0304 Example",
    "a very long word": "Example" * 17,
    "a script that the fonts lack": "देवनागरी ཨ한 אב",
    "other scripts": "王伟 สมชาย Νίκος Олена ئابلىز محمد Đặng",
    "joiners": "نمی\u200cخواهم",
}


def _with(name: str) -> Example:
    person = {
        "id": "p1",
        "name": name,
        "spellings": [{"value": name + " II", "script": "Latn"}],
        "detail": {"tr": name, "en": name},
    }
    organizer = {"name": name, "address": [name], "signed_by": name}
    return Example(organizer=organizer, changes={"persons": [person]})


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_printed_as_text_in_a_valid_pdf(value: str) -> None:
    package = make_package(_with(value).sources())
    assert faults(package.pdf) == []
    assert value in print_letter(_with(value).sources(), "tr", "")["persons"][0]["name"]


def test_code_in_the_subject_stands_in_the_title_letter_for_letter() -> None:
    code = "#panic(1) *b* $x$ = h"
    example = Example(languages=("tr",), wording_changes={"hakkında açık mektup": code})
    assert code.encode() in make_package(example.sources()).pdf  # the XMP packet is not compressed


def test_what_the_fonts_lack_becomes_a_replacement_sign() -> None:
    assert printable("Ayşe 🌍 İıĞğ ئۇ王ส") == "Ayşe \ufffd İıĞğ ئۇ王ส"


def test_every_letter_of_turkish_and_uyghur_is_drawn() -> None:
    alphabets = (
        "abcçdefgğhıijklmnoöprsştuüvyzABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZâîûÂÎÛ’“”–"
        + "ئاەبپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىي؟،؛«»"
    )
    assert printable(alphabets) == alphabets


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_guarded_in_csv_and_plain_in_json(start: str) -> None:
    token = start + "AbCdEfGhIjKlMnOpQrStU"
    rows = [(7, token, "2026-03-02")]
    assert f"'{token}" in as_csv("register", rows).decode()
    assert f"'{token}" not in as_json(rows).decode()


def test_the_annex_as_data_is_exactly_what_the_format_says() -> None:
    rows = [("at_size", 9), ("active", 3), ("TR", 2), ("merged", 1)]
    assert as_csv("tally", rows) == b"what,count\nat_size,9\nactive,3\nTR,2\nmerged,1\n"
    assert as_json(rows) == b'[["at_size",9],["active",3],["TR",2],["merged",1]]'
