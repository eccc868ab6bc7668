"""Every problem of an appeal folder is named with file, line and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.campaigns.appeal_folder import read_appeal_folder
from service.campaigns.cli import campaign
from tests.installation import EXAMPLE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the example appeal that a test may break."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "appeal"))


def change(path: Path, old: str, new: str) -> int:
    """Replace a text in a file and return the line at which it stood."""
    source = path.read_text()
    assert old in source
    path.write_text(source.replace(old, new, 1))
    return source[: source.index(old)].count("\n") + 1


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in read_appeal_folder(folder).problems]


BROKEN = [  # file, what stands there, what stands there instead, what is said
    ("appeal.toml", 'risk = "at-risk"', 'risk = "none"', "risk 'none' is not one of ordinary, at-risk"),
    ("appeal.toml", 'risk = "at-risk"', 'risk = "at-risk"\nsurprise = 1', "surprise unknown key"),
    ("appeal.toml", 'original = "en"', 'original = "fr"', "there is no text in fr"),
    ("appeal.toml", 'languages = ["en", "tr", "ug"]', 'languages = ["en", "tr", "ug", "fr"]', "fr has no text"),
    ("appeal.toml", "tally_min = 0", "tally_min = 5", "tally_min must be 0 with retention = forget"),
    ("appeal.toml", "batch_min = 8", "batch_min = 7", "batch_min is 7"),
    ("appeal.toml", 'addressee = "tr-goc-idaresi"', 'addressee = "nobody-here"', "nobody-here is not in"),
    ("appeal.toml", 'carries = "L2"', 'carries = "L9"', "there is no letter L9"),
    ("appeal.toml", 'letters = ["L2", "L7", "L8"]', 'letters = ["L2", "L99"]', "there is no letter L99"),
    ("appeal.toml", 'file = "text.tr.md"', 'file = "text.fr.md"', "there is no such file"),
    ("appeal.toml", 'date = "2025-02"', 'date = "2025-13"', "is no date"),
    ("appeal.toml", 'disclosures = ["counted"]', 'disclosures = ["counted", "public"]', "nobody can be named"),
    ("appeal.toml", "closes_after_days = 90", "closes_after_days = 0", "must be between 1 and 366"),
    ("text.en.md", "We, the undersigned", "<b>We</b>, the undersigned", "raw HTML"),
    ("text.en.md", "Justice For\nAll", "[Justice](https://example.org) For\nAll", "a link"),
    ("text.en.md", "We, the undersigned", "![x](y.png) We, the undersigned", "an image"),
    ("text.en.md", "We, the undersigned", "{count} people", "is a placeholder"),
    ("text.en.md", 'direction = "ltr"', 'direction = "rtl"', "direction is rtl, but en is ltr"),
    ("text.tr.md", 'state = "machine"', 'state = "reviewed"', "state is machine, but text.tr.md says reviewed"),
    ("text.tr.md", 'translates = "text.en.md"', 'translates = "text.ug.md"', "the original is text.en.md"),
    ("letters/court_open_letter.en.md", "## concern", "## requests", "nobody may ask a court for a decision"),
    ("letters/court_open_letter.en.md", "No answer is expected.", "We request one.", "“request” asks a court for"),
    ("letters/court_open_letter.tr.md", "hakkında açık mektup", "hakkında talep", "“talep” asks a court for something"),
    ("letters/court_open_letter.en.md", "{neutral}", "Nothing.", "must hold {neutral} exactly once"),
    ("letters/court_open_letter.en.md", "{count} people", "{counts} people", "{counts} is not a placeholder"),
    ("letters/ministry_petition.tr.md", "## requests", "## wishes", "wishes is not a section"),
    ("letters/ministry_petition.en.md", "{demands}", "{demands} in {countries}", "publishes no countries"),
    ("letters/court_open_letter.en.md", "{legal_bases}", "{demands}", "{demands} is not a placeholder of this kind"),
    ("letters/court_open_letter.tr.md", 'translates = "court_open_letter.en.md"\n', "", "translates is missing"),
    ("letters/embassy_copy.en.md", "## facts", "Dear all\n\n## facts", "words before the first heading"),
    ("appeal.toml", 'languages = ["en", "tr", "ug"]', 'languages = ["en", "tr", "ug", "de"]', "de has no consent text"),
    ("appeal.toml", 'cite.tr = "VisaVerge', 'cite.ar = "VisaVerge', "sources.0.cite.tr is missing"),
    ("appeal.toml", 'cite.tr = "VisaVerge', 'cite.ar = "VisaVerge', "sources.0.cite.ar is not among languages"),
    ("appeal.toml", 'id = "remedies"', 'id = "halt"', "halt stands there twice"),
    ("appeal.toml", 'id = "L3"', 'id = "L2"', "L2 stands there twice"),
    ("appeal.toml", 'id = "M2"', 'id = "M1"', "M1 stands there twice"),
    ("appeal.toml", 'source = "visaverge-2025-03"\nuse', 'source = "hearsay"\nuse', "there is no source hearsay"),
    ("appeal.toml", 'languages = ["tr", "en"]', 'languages = ["en", "tr"]', "begins with en, but tr-anayasa-mahkemesi"),
    ("appeal.toml", 'copy_to = ["unhcr-turkiye"]', 'copy_to = ["nobody-here"]', "nobody-here is not in"),
    ("appeal.toml", 'carries = "L2"', 'carries = "L7"', "L7 is itself a covering letter"),
    ("appeal.toml", 'annex = "tally"', 'annex = "register"', "a register would show who signed when"),
    ("appeal.toml", 'annex = "tally"', 'annex = "names"', "'names' is not one of tally, register"),
    ("appeal.toml", "when = { confirmed = 100 }", "when = { confirmed = 100, days = 2 }", "must be confirmed, before"),
    ("appeal.toml", "when = { confirmed = 100 }", "when = { sure = 100 }", "milestones.0.when.sure unknown key"),
    ("appeal.toml", 'letters = ["L1"] }]', 'letters = ["L0"] }]', "there is no letter L0"),
    ("appeal.toml", "tally_min = 5, batch_min = 1", "tally_min = 3, batch_min = 1", "tally_min is 3"),
    ("appeal.toml", 'disclosures = ["counted", "addressee", "public"]', 'disclosures = ["public"]', "must begin with"),
    ("appeal.toml", 'name = "Mahemuti Anayeti"', 'name = ""', "is empty: fill it in, or name it under"),
    ("appeal.toml", 'name = "Mahemuti Anayeti"', f'name = "{"x" * 121}"', "has 121 characters, at most 120 fit"),
    ("appeal.toml", 'name = "Mahemuti Anayeti"', 'name = "Mahemuti\u202e Anayeti"', "U+202E"),
    ("appeal.toml", "closes_after_days = 90", "", "write either closes or closes_after_days"),
    ("appeal.toml", "closes_after_days = 90", 'closes = "2027-02-30"', "'2027-02-30' is no date"),
    ("appeal.toml", "closes_after_days = 90", "closes = 2027-02-03", "write the date in quotation marks"),
    ("appeal.toml", "[demonstration]", "[rehearsal]", "rehearsal unknown key"),
    ("appeal.toml", 'en = "Keep Mahemuti', 'en = "Save Mahemuti', "title.en is not the title in text.en.md"),
    ("addressees.toml", 'id = "tr-goc-idaresi"', 'id = 7', "id is missing: add it"),
    ("addressees.toml", 'id = "tr-goc-idaresi"', 'id = "elsewhere"', "tr-goc-idaresi is not in addressees.toml"),
    ("addressees.toml", 'id = "tr-goc-idaresi"', 'id = tr-goc-idaresi', "cannot be read as TOML"),
]  # fmt: skip


ELSEWHERE = {  # the place of a fault that is not the line that was changed
    "surprise unknown key": "appeal.toml:8",
    "there is no such file": "text.fr.md:1",
    "state is machine, but text.tr.md says reviewed": "appeal.toml:47",
    "must hold {neutral} exactly once": "letters/court_open_letter.en.md:10",
    "translates is missing": "letters/court_open_letter.tr.md:2",
    "sources.0.cite.tr is missing": "appeal.toml:56",
    "write either closes or closes_after_days": "appeal.toml:1",
    "id is missing: add it": "addressees.toml:72",
    "tr-goc-idaresi is not in addressees.toml": "appeal.toml:199",
}


@pytest.mark.parametrize(("name", "old", "new", "said"), BROKEN)
def test_a_broken_folder_says_where_and_what(folder: Path, name: str, old: str, new: str, said: str) -> None:
    line = change(folder / name, old, new)
    found = [problem for problem in problems(folder) if said in problem]
    assert found, problems(folder)
    assert found[0].startswith(ELSEWHERE.get(said, f"{name}:{line}") + ": ")


def test_the_line_is_that_of_the_fault(folder: Path) -> None:
    line = change(folder / "appeal.toml", "batch_min = 8", "batch_min = eight")
    assert problems(folder)[0].startswith(f"appeal.toml:{line}: cannot be read as TOML")
    line = change(folder / "text.en.md", "Türkiye has long", "<i>Türkiye</i> has long")
    shutil.copy(EXAMPLE / "appeal.toml", folder)
    assert f"text.en.md:{line}: holds raw HTML: write Markdown" in problems(folder)


def test_one_fault_hides_no_other(folder: Path) -> None:
    change(folder / "appeal.toml", 'risk = "at-risk"', 'risk = "at-risk"\nsurprise = 1')
    change(folder / "appeal.toml", 'carries = "L2"', 'carries = "L9"')
    change(folder / "text.en.md", "We, the undersigned", "<b>We</b>, the undersigned")
    change(folder / "text.en.md", 'direction = "ltr"', 'direction = "rtl"')
    change(folder / "letters" / "ministry_petition.tr.md", "## requests", "## wishes")
    found = "\n".join(problems(folder))
    for said in ("surprise unknown key", "no letter L9", "raw HTML", "direction is rtl", "wishes is not a section"):
        assert said in found, said


def test_without_a_demonstration_the_organizer_must_be_there(folder: Path) -> None:
    source = (folder / "appeal.toml").read_text()
    (folder / "appeal.toml").write_text(source.partition("[demonstration]")[0])
    assert [said.partition(": ")[2][:28] for said in problems(folder)] == ["name and address are missing"]


def test_more_offices_than_the_log_takes_in_one_entry_are_a_problem(folder: Path) -> None:
    letter = '[[letters]]\nid = "X{0}"\nkind = "ministry_petition"\naddressee = "office-{0}"\n'
    letter += 'languages = ["en"]\nannex = "tally"\n\n'
    change(folder / "appeal.toml", "[organizer] ", "".join(map(letter.format, range(17))) + "[organizer] ")
    assert any("go to more than 16 offices" in problem for problem in problems(folder))


def test_an_original_that_nobody_has_read_is_noted(folder: Path) -> None:
    for name in ("appeal.toml", "text.en.md"):
        change(folder / name, 'state = "draft"', 'state = "machine"')
    found = read_appeal_folder(folder)
    assert found.problems == []
    assert any("nobody has read the original" in note.message for note in found.notes)


def test_a_file_that_nothing_names_is_a_problem(folder: Path) -> None:
    shutil.copy(folder / "text.tr.md", folder / "text.fr.md")
    shutil.copy(folder / "letters" / "embassy_copy.en.md", folder / "letters" / "embassy_copi.en.md")
    assert problems(folder) == [
        "text.fr.md:1: is named nowhere in appeal.toml: name it there, or take the file away",
        "letters/embassy_copi.en.md:1: is named nowhere in appeal.toml: name it there, or take the file away",
    ]


def test_a_text_that_is_empty_or_far_too_long_is_a_problem(folder: Path) -> None:
    head = (folder / "text.en.md").read_text().partition("+++\n\n")[0] + "+++\n\n"
    for body, said in (("", "holds no text after the head"), ("word " * 2001, "at most 10000 fit")):
        (folder / "text.en.md").write_text(head + body)
        assert any(said in problem for problem in problems(folder))
    (folder / "text.en.md").write_text(head + "word " * 20_000)
    assert any("at most 65536 are read" in problem for problem in problems(folder))


def test_a_missing_file_and_bytes_that_are_no_text_are_named(folder: Path) -> None:
    (folder / "text.ug.md").write_bytes(b"+++\n\xff\n+++\n")
    (folder / "letters" / "embassy_copy.en.md").unlink()
    found = problems(folder)
    assert any(p.startswith("text.ug.md:2: is not UTF-8") for p in found)
    assert any(p.startswith("letters/embassy_copy.en.md:1: there is no such file") for p in found)
    (folder / "appeal.toml").unlink()
    assert problems(folder) == ["appeal.toml:1: there is no such file: add it, or take out what names it"]


def test_the_example_has_no_problem_and_says_what_is_unknown() -> None:
    found = read_appeal_folder(EXAMPLE)
    assert found.problems == []
    assert any("hearing_date is not known" in note.message for note in found.notes)
    assert any("consent is not recorded" in note.message for note in found.notes)
    assert any("not known of Mahemuti Anayeti: name_in_uyghur_script" in note.message for note in found.notes)
    assert any("ug is machine: not shown before it is reviewed" in note.message for note in found.notes)
    assert any("M4 is asleep: hearing_date is not known" in note.message for note in found.notes)


def test_the_closing_day_is_known_to_every_milestone(folder: Path) -> None:
    change(folder / "appeal.toml", 'before = "hearing_date", days = 2', 'before = "closes", days = 2')
    found = read_appeal_folder(folder)
    assert found.problems == []
    assert not any("asleep" in note.message for note in found.notes)


def test_the_command_ends_with_1_and_the_list(folder: Path) -> None:
    change(folder / "appeal.toml", "batch_min = 8", "batch_min = 7")
    result = CliRunner().invoke(campaign, ["check", str(folder)])
    assert result.exit_code == 1
    assert "batch_min is 7: an appeal at risk needs 8 or more" in result.output
    assert CliRunner().invoke(campaign, ["check", str(EXAMPLE)]).exit_code == 0
