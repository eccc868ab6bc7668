"""A letter to a court informs and asks for nothing; a petition to an office asks for acts of that office."""

from __future__ import annotations

import tomllib

import pytest

from service.errors import Refused
from service.eventlog.canonical import document_hash
from service.letters.composition import compose
from service.letters.package import make_package
from service.letters.printing import print_letter
from service.letters.template import STATES, label_states, stamp_for
from tests.letters.examples import APPEAL, Example, record_of

DEMANDS = {  # beginnings of words that ask, urge or demand
    "en": (
        " request",
        " demand",
        " urge",
        " call on",
        " we ask",
        " halt",
        " must ",
        " should ",
        " appeal to the court",
        " application",
    ),
    "tr": (" talep", " istem", " arz ", " rica", " durdurul", " başvuru", " dava ", " dilekçe", " karar verilmesi"),
    "ug": (" تەلەپ", " ئىلتىماس", " سورا"),
}
NEUTRAL = {
    "en": "This letter is not a submission by a party to any proceedings. It asks for no particular decision, "
    "and nothing in it is meant as an instruction, recommendation or suggestion to the Court, whose "
    "independence its signers respect. It informs the Court of a public concern and of rules that are "
    "publicly known.",
    "tr": "Bu mektup herhangi bir yargılamada taraf beyanı niteliği taşımaz. Belirli bir yönde karar "
    "verilmesini istemez; Mahkemeye emir, talimat, tavsiye veya telkin amacı gütmez. İmzacılar "
    "mahkemelerin bağımsızlığına saygı duyar. Mektup yalnızca kamuoyundaki kaygıyı ve herkesçe bilinen "
    "kuralları bilgiye sunar.",
}


def _text(example: Example, language: str) -> str:
    package = make_package(example.sources())
    first = example.languages[0] == language
    plain = package.plain if first else package.others[f"istanbul-two-L1-{language}.txt"]
    return " ".join(plain.decode().split())


@pytest.mark.parametrize("language", ["tr", "en"])
def test_it_holds_the_neutral_paragraph_word_for_word(language: str) -> None:
    assert NEUTRAL[language] in _text(Example(), language)


@pytest.mark.parametrize("language", ["tr", "en", "ug"])
def test_it_asks_for_nothing(language: str) -> None:
    sources = Example(languages=("tr", "en", "ug")).sources()
    neutral = sources.template.labels(language)["neutral"]
    text = _text(Example(languages=("tr", "en", "ug")), language).replace(neutral, "").lower()
    assert [word for word in DEMANDS[language] if word in text] == []


def test_it_prints_no_demand_of_the_appeal() -> None:
    texts = [_text(Example(), language) for language in ("tr", "en")]
    demands = tomllib.loads((APPEAL / "appeal.toml").read_text())["demands"]
    assert not [one for one in demands for text in texts if one["text"]["en"] in text or one["text"]["tr"] in text]


@pytest.mark.parametrize(
    ("kind", "addressee"),
    [
        ("court_open_letter", "tr-anayasa-mahkemesi"),
        ("court_open_letter", "tr-istanbul-idare-mahkemesi"),
        ("ministry_petition", "tr-goc-idaresi"),
        ("ministry_petition", "tr-istanbul-valiligi"),
        ("ministry_petition", "tr-disisleri"),
        ("ministry_petition", "tr-cumhurbaskanligi"),
    ],
)
def test_heading_lines_stand_as_in_the_register(kind: str, addressee: str) -> None:
    example = Example(kind=kind, addressee=addressee)
    for language in ("tr", "en"):
        printed = print_letter(example.sources(), language, "")
        assert printed["heading"] == record_of(addressee)["heading"][language]
    assert "\n".join(record_of(addressee)["heading"]["tr"]) in make_package(example.sources()).plain.decode()


def test_a_chamber_that_is_known_stands_in_the_heading() -> None:
    sources = Example(addressee="tr-istanbul-idare-mahkemesi").sources()
    sources.record["chamber"] = "7"
    assert print_letter(sources, "tr", "")["heading"][1] == "İSTANBUL 7. İDARE MAHKEMESİ BAŞKANLIĞINA"


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "printed"),
    [("", "", True), ("2026-03-02", "2026-03-02", True), ("2026-03-03", "", False), ("", "2026-03-01", False)],
)
def test_an_office_holder_stands_above_the_heading_while_in_office(
    valid_from: str, valid_to: str, printed: bool
) -> None:
    sources = Example(kind="ministry_petition", addressee="tr-disisleri").sources()
    term = {"valid_from": valid_from, "valid_to": valid_to}
    sources.record["office_holder"] = {"name": "Example Holder", "title": {"en": "Minister"}, **term}
    heading = record_of("tr-disisleri")["heading"]
    expected = ["Minister Example Holder"] if printed else []
    assert print_letter(sources, "en", "")["heading"] == [*expected, *heading["en"]]
    assert print_letter(sources, "tr", "")["heading"] == heading["tr"]  # a petition goes to the office


def test_a_dilekce_has_its_parts_in_order() -> None:
    text = _text(Example(kind="ministry_petition", addressee="tr-goc-idaresi"), "tr")
    parts = (
        "GÖÇ İDARESİ BAŞKANLIĞINA",
        "BAŞVURAN",
        "İLGİLİ KİŞİLER",
        "KONU",
        "AÇIKLAMALAR",
        "HUKUKÎ SEBEPLER",
        "SONUÇ VE İSTEM",
        "saygılarımızla arz ve talep ederiz",
        "2 Mart 2026 Example Signatory",
        "EKLER",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "rica" not in text
    assert "Sayın" not in text


def test_a_petition_holds_only_the_demands_that_this_office_can_grant() -> None:
    printed = print_letter(Example(kind="ministry_petition", addressee="tr-disisleri").sources(), "en", "")
    section = next(one for one in printed["sections"] if one["key"] == "requests")
    items = [
        "".join(span["t"] for span in spans)
        for block in section["blocks"]
        if block["kind"] == "letters"
        for spans in block["items"]
    ]
    assert len(items) == 4
    assert not [one for one in items if "meet their lawyers" in one]  # for the agency and the governorship


def test_a_courtesy_version_names_the_letter_that_counts() -> None:
    package = make_package(Example().sources())
    english = " ".join(package.others["istanbul-two-L1-en.txt"].decode().split())
    assert f"The letter itself is the Turkish version; SHA-256 of its PDF: {document_hash(package.pdf)}" in english


def test_a_letter_needs_an_addressee_of_its_kind_and_language() -> None:
    with pytest.raises(Refused, match="a court gets an open letter"):
        Example(addressee="tr-goc-idaresi").sources()
    with pytest.raises(Refused, match="accepts letters in tr"):
        Example(languages=("en", "tr")).sources()
    sources = Example().sources()
    with pytest.raises(Refused, match="no wording"):
        compose(sources.letter, sources.record, {})


def test_stamps_follow_the_review_state() -> None:
    def stamp(
        kind: str, state: str, labels: str = "reviewed", *, translated: bool = True, demonstration: bool = False
    ) -> str:
        return stamp_for(kind, state, labels, is_translation=translated, demonstration=demonstration)

    assert stamp("court_open_letter", "reviewed") == "unreviewed"
    assert stamp("court_open_letter", "counsel") == ""
    assert stamp("ministry_petition", "reviewed") == ""
    assert stamp("ministry_petition", "reviewed", labels="machine") == "unreviewed"
    assert stamp("ministry_petition", "draft", translated=False) == "draft"
    assert stamp("ministry_petition", "counsel", demonstration=True) == "demonstration"
    assert set(label_states().values()) <= set(STATES)


@pytest.mark.parametrize("stamp", ["demonstration", "unreviewed", "draft"])
def test_each_language_has_words_for_each_stamp_in_english_too(stamp: str) -> None:
    sources = Example(languages=("tr", "en", "ug"), stamp=stamp).sources()
    for language in sources.letter.languages:
        word = "DEMONSTRATION" if stamp == "demonstration" else "DRAFT"
        assert word in print_letter(sources, language, "")["stamp"]
