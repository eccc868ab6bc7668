"""Every kind of letter in every language: its own rules, sections and addressees, from wordings to begin from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from service.campaigns.court_words import LANGUAGES as COURT_LANGUAGES
from service.campaigns.court_words import demands_in
from service.campaigns.events import Rules
from service.campaigns.queries import CampaignView
from service.errors import NotFound, Refused
from service.letters.composition import OFFICES_OF, compose
from service.letters.package import make_package
from service.letters.paper_cli import wording
from service.letters.printing import print_letter
from service.letters.slots import slot_of, stamps_of
from service.letters.starters import languages, starter
from service.letters.template import label_states
from service.letters.wording import SECTIONS, WordingRefused, read_wording
from tests.letters.examples import Example
from tests.letters.made_up import HEADING, KINDS, LANGUAGES, OFFICE, MadeUp, filled
from tests.letters.validation import faults

EACH = [(kind, language) for kind in KINDS for language in LANGUAGES]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_a_valid_letter_in_each_language(kind: str) -> None:
    package = make_package(MadeUp(kind=kind).sources())
    pdfs = {"the letter": package.pdf} | {name: one for name, one in package.others.items() if name.endswith(".pdf")}
    assert len(pdfs) == 2 * len(LANGUAGES)  # the letter and annex A
    assert {name: faults(pdf) for name, pdf in pdfs.items() if faults(pdf)} == {}


@pytest.mark.parametrize(("kind", "language"), EACH)
def test_each_version_has_its_heading_direction_and_sections(kind: str, language: str) -> None:
    printed = print_letter(MadeUp(kind=kind).sources(), language, "")
    assert printed["heading"] == HEADING[language]
    assert printed["dir"] == ("rtl" if language in ("ug", "ar") else "ltr")
    assert [one["key"] for one in printed["sections"]] == list(SECTIONS[kind])
    assert printed["dilekce"] == (language == "tr" and kind in ("ministry_petition", "parliament"))
    words = "".join(span["t"] for one in printed["sections"] for b in one["blocks"] for i in b["items"] for span in i)
    assert "{" not in words


@pytest.mark.parametrize(("kind", "language"), EACH)
def test_a_wording_to_begin_from_is_unreviewed_and_refused_while_it_has_a_gap(kind: str, language: str) -> None:
    words = starter(kind, language, "en")
    assert 'state = "machine"' in words
    assert (f'translates = "{kind}.en.md"' in words) == (language != "en")
    with pytest.raises(WordingRefused, match="fill the gap"):
        read_wording(words.encode())
    assert read_wording(filled(kind, language).encode()).kind == kind


def test_there_are_wordings_and_labels_in_the_same_languages() -> None:
    assert set(languages()) == set(label_states()) == set(LANGUAGES) == set(COURT_LANGUAGES)
    assert set(OFFICES_OF) == set(SECTIONS)
    with pytest.raises(NotFound, match="kinds are"):
        starter("court_order", "en", "en")


def test_the_command_writes_a_wording(tmp_path: object) -> None:
    result = CliRunner().invoke(wording, ["parliament", "--language", "fr", "--original", "fr"])
    assert result.exit_code == 0
    assert result.output == starter("parliament", "fr", "fr")
    out = f"{tmp_path}/parliament.ar.md"
    assert CliRunner().invoke(wording, ["parliament", "--language", "ar", "--out", out]).exit_code == 0
    with open(out, encoding="utf-8") as written:
        assert written.read() == starter("parliament", "ar", "en")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("office", sorted(set(OFFICE.values())))
def test_a_kind_goes_to_its_offices_only(kind: str, office: str) -> None:
    example = MadeUp(kind=kind, languages=("en",))
    record = {**example.record_of("made-up"), "kind": office}
    made = example.sources()
    wordings = {"en": read_wording(filled(kind, "en").encode())}
    if office in OFFICES_OF[kind]:
        compose(made.letter, record, wordings)
    else:
        with pytest.raises(Refused, match=f"is of kind {office}"):
            compose(made.letter, record, wordings)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The signers urge the Court to lift the order."),
        ("en", "The Court should read the file."),
        ("tr", "İmzacılar kararın iptalini talep eder."),
        ("tr", "Tedbir kararı verilmesini bekliyoruz."),
        ("ug", "ئىمزا قويغۇچىلار مەھكىمىدىن قارارنى ئۆزگەرتىشنى سورايدۇ."),
        ("ar", "ونطالب المحكمة بإلغاء القرار."),
        ("fr", "Nous demandons à la Cour de revoir sa décision."),
        ("fr", "La Cour doit examiner le dossier."),
    ],
)
def test_a_letter_that_asks_a_court_for_something_is_refused(language: str, words: str) -> None:
    example = MadeUp(kind="court_open_letter", languages=(language,))
    example.wording_changes = {}
    made = example.sources()
    asked = read_wording(filled("court_open_letter", language).replace("## neutral", f"{words}\n\n## neutral").encode())
    with pytest.raises(Refused, match="asks the court for something"):
        compose(made.letter, example.record_of("made-up"), {language: asked})
    titled = replace(asked, sections=read_wording(filled("court_open_letter", language).encode()).sections)
    with pytest.raises(Refused, match="asks the court for something"):
        compose(made.letter, example.record_of("made-up"), {language: replace(titled, subject=words)})


def test_capitals_and_turkish_letters_hide_no_demand() -> None:
    assert demands_in("İSTİYORUZ", "tr") == ["istiyor"]
    assert demands_in("WE REQUEST", "en") == ["request"]
    assert demands_in("We request", "de") == []


@pytest.mark.parametrize(
    ("new", "said"), [("saygılarımızla talep ederiz.", "must end with arz"), ("arz ve rica ederiz.", "says rica")]
)
def test_a_dilekce_asks_upwards(new: str, said: str) -> None:
    changes = {"saygılarımızla arz ve talep ederiz.": new}
    with pytest.raises(Refused, match=said):
        Example(
            kind="ministry_petition", addressee="tr-disisleri", languages=("tr",), wording_changes=changes
        ).sources()


def test_a_dilekce_names_one_petitioner_with_an_address() -> None:
    organizer = {"name": "Example Association", "address": [], "signed_by": ""}
    example = Example(kind="ministry_petition", addressee="tr-disisleri", stamp="draft", organizer=organizer)
    with pytest.raises(Refused, match="Law 3071"):
        print_letter(example.sources(), "tr", "")
    assert print_letter(example.sources(), "en", "")["applicant"]


def test_a_letter_quotes_the_addressees_file_number_once_it_is_known() -> None:
    example = MadeUp(kind="ministry_petition")
    person = {**example.appeal()["persons"][0], "file_number": "2026/17"}
    example.changes = {"persons": [person], "application_number": "2025/9"}
    refs = print_letter(example.sources(), "tr", "")["refs"]
    assert {"label": "DOSYA NO", "value": "2026/17", "ltr": True} in refs
    court = MadeUp(kind="court_open_letter", changes={"application_number": "2025/9"})
    assert [one["value"] for one in print_letter(court.sources(), "fr", "")["refs"]][1] == "2025/9"


UN = {"id": "U1", "kind": "un_communication", "addressee": "x", "languages": ["en"], "annex": "tally"}
COURT = {**UN, "id": "C1", "kind": "court_open_letter"}


def _campaign(**settings: object) -> CampaignView:
    rules = Rules(risk="ordinary", unique="hmac/1", batch_min=1, batch_max_s=0, retention="close+30d", tally_min=5)
    return CampaignView(
        number=1, id="c_EXAMPLE123", ref="made-up", state="open", text="a" * 64, carried=frozenset(), replaced=0,
        wording="b" * 64, opens="2026-03-01", closes="2026-05-30", ended="", end_reason="", rules=rules,
        settings={"letters": [UN, COURT], **settings},
    )  # fmt: skip


@pytest.mark.parametrize("settings", [{}, {"consent_of_persons": "none-recorded"}])
def test_a_letter_to_the_united_nations_is_refused_without_recorded_consent(settings: dict[str, str]) -> None:
    with pytest.raises(Refused, match="recorded consent"):
        slot_of(_campaign(**settings), "U1")
    assert slot_of(_campaign(**settings), "C1")


@pytest.mark.parametrize("settings", [{"consent_of_persons": "recorded"}, {"demonstration": True}])
def test_a_letter_to_the_united_nations_follows_consent(settings: dict[str, object]) -> None:
    assert slot_of(_campaign(**settings), "U1").kind == "un_communication"


def test_a_court_letter_is_stamped_until_counsels_review_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.letters.slots.label_states", lambda: {"en": "counsel"})
    rows: dict[str, Any] = {"en": {"state": "counsel", "translates": ""}}
    campaign, slot = _campaign(), slot_of(_campaign(), "C1")
    for read, stamps in ((False, {"en": "draft"}), (True, {})):
        assert stamps_of(campaign, slot, rows, counsel_read_it=read) == stamps
    petition = replace(slot, kind="ministry_petition")
    assert stamps_of(campaign, petition, rows, counsel_read_it=False) == {}


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("en", 1, "1 person who"),
        ("en", 2, "2 people who"),
        ("tr", 1, "1 kişi adına"),
        ("ug", 1, "1 كىشىگە"),
        ("fr", 1, "1 personne qui a"),
        ("fr", 2, "2 personnes qui ont"),
        ("ar", 1, "شخص واحد"),
        ("ar", 2, "شخصين"),
        ("ar", 7, "7 أشخاص"),
        ("ar", 30, "30 شخصًا"),
        ("ar", 100, "100 شخص "),
    ],
)
def test_the_people_for_whom_it_is_sent_are_counted_as_the_language_counts(
    language: str, number: int, said: str
) -> None:
    example = MadeUp(kind="ministry_petition", active=number)
    assert said in print_letter(example.sources(), language, "")["applicant"]


def test_a_label_of_an_earlier_template_has_one_form_for_all_numbers() -> None:
    assert Example().sources().counted("{active} people", 1, "en") == "{active} people"
