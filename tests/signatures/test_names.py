"""Names keep every visible letter of every script; what cannot be seen goes, and what means nothing is refused."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.signatures.names import JOINERS, MARKS_MAX, NAME_MAX, NameRefused, clean_name


@pytest.mark.parametrize(
    "name",
    [
        "Anna Nováková",
        "O’Brien-Østergård",
        "İsmail Ağca",
        "مەھمۇتئاي ئۆرنەك",
        "می‌نا نمونه",
        "नमूना व्यक्‍ति",
        "样本 人",
        "หญิง ตัวอย่าง",
        "Пример Человек",
        "X Æ A-12",
        "Jo",
        "李",
        "Ngũgĩ wa Mfano",
        "দৃষ্টান্ত",
        "ཚེ་རིང་དཔེ་མཚོན།",
        "👩‍🚀 Example",
    ],
)
def test_a_name_in_any_script_stays_as_it_is(name: str) -> None:
    assert clean_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  Anna \t\n Example  ", "Anna Example"),
        ("Anna\u00a0\u3000Example", "Anna Example"),
        ("Anna\x00\x07Example", "AnnaExample"),
        ("Anna\u202eelpmaxE\u202c", "AnnaelpmaxE"),
        ("\u2067Anna\u2069", "Anna"),
        ("\ufeffAnna\u200b\u00adExample", "AnnaExample"),
        ("Nova\u0301kova\u0301", "Nováková"),
        ("e\u0301\u0302\u0303\u0304\u0305\u0306x", "é\u0302\u0303\u0304\u0305x"),
        ("\u0301\u0302Anna", "Anna"),
        ("Anna\U000e0067\U000e007f", "Anna"),
    ],
)
def test_what_cannot_be_seen_goes(typed: str, cleaned: str) -> None:
    assert clean_name(typed) == cleaned


def test_joiners_do_not_reset_the_count_of_marks() -> None:
    assert clean_name("e" + "\u0330\u200d" * 10).count("\u0330") == MARKS_MAX


@pytest.mark.parametrize("typed", ["", "   ", "\t\n", "\u200b\u202e", "\u200d\u200c", "\u0301\u0302", "\u00a0", "\x00"])
def test_a_name_of_nothing_visible_is_refused(typed: str) -> None:
    with pytest.raises(NameRefused) as refused:
        clean_name(typed)
    assert refused.value.reason == "empty"


@pytest.mark.parametrize("character", ["\ue000", "\U000f0000", "\ud800", "\u0378", "\uffff"])
def test_a_character_that_means_nothing_is_refused_and_not_dropped(character: str) -> None:
    with pytest.raises(NameRefused) as refused:
        clean_name(f"Anna{character} Example")
    assert refused.value.reason == "unstorable"


def test_a_name_may_have_120_characters_after_cleaning() -> None:
    assert clean_name("a\u0301" * NAME_MAX + " " * 50) == "á" * NAME_MAX
    with pytest.raises(NameRefused) as refused:
        clean_name("á" * (NAME_MAX + 1))
    assert refused.value.reason == "too-long"


@given(st.text(max_size=200))
def test_a_cleaned_name_keeps_all_rules_and_cleaning_again_changes_nothing(typed: str) -> None:
    try:
        name = clean_name(typed)
    except NameRefused:
        return
    assert clean_name(name) == name == unicodedata.normalize("NFC", name) == name.strip()
    assert 1 <= len(name) <= NAME_MAX
    assert not any(unicodedata.category(c)[0] == "C" and c not in JOINERS for c in name)


@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=60))
def test_letters_are_never_lost(typed: str) -> None:
    assert clean_name(typed) == unicodedata.normalize("NFC", typed)
