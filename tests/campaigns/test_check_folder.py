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
    ("appeal.toml", 'languages = ["en", "tr", "ug"]', 'languages = ["en", "tr", "ug", "ar"]', "ar has no text"),
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
    ("letters/court_open_letter.en.md", "{neutral}", "Nothing.", "must hold {neutral} exactly once"),
    ("letters/court_open_letter.en.md", "{count} people", "{counts} people", "{counts} is not a placeholder"),
    ("letters/ministry_petition.tr.md", "## requests", "## wishes", "wishes is not a section"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "said"), BROKEN)
def test_a_broken_folder_says_where_and_what(folder: Path, name: str, old: str, new: str, said: str) -> None:
    change(folder / name, old, new)
    found = [problem for problem in problems(folder) if said in problem]
    assert found, problems(folder)
    assert found[0].split(":")[1].isdigit()


def test_the_line_is_that_of_the_fault(folder: Path) -> None:
    line = change(folder / "appeal.toml", "batch_min = 8", "batch_min = eight")
    assert problems(folder)[0].startswith(f"appeal.toml:{line}: cannot be read as TOML")
    line = change(folder / "text.en.md", "Türkiye has long", "<i>Türkiye</i> has long")
    shutil.copy(EXAMPLE / "appeal.toml", folder)
    assert f"text.en.md:{line}: holds raw HTML: write Markdown" in problems(folder)


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


def test_the_command_ends_with_1_and_the_list(folder: Path) -> None:
    change(folder / "appeal.toml", "batch_min = 8", "batch_min = 7")
    result = CliRunner().invoke(campaign, ["check", str(folder)])
    assert result.exit_code == 1
    assert "batch_min is 7: an appeal at risk needs 8 or more" in result.output
    assert CliRunner().invoke(campaign, ["check", str(EXAMPLE)]).exit_code == 0
