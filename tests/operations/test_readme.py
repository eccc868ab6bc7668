"""What README and docs tell people to run, open or know exists."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from service.cli import petition
from service.operations.processes import TOP
from tests.operations.test_commands import every_command

README = (TOP / "README.md").read_text(encoding="utf-8")
PAGES = [TOP / "README.md", TOP / "CHANGELOG.md", *sorted(TOP.glob("docs/**/*.md"))]
LAUNCHER_ONLY = {"petition test"}
LANGUAGES = {"tr": "Turkish", "ug": "Uyghur", "ar": "Arabic"}


def code_lines(text: str) -> Iterator[str]:
    """Yield the lines of a page's code blocks, fenced or indented."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S):
        yield from block.splitlines()
    yield from (line.strip() for line in re.findall(r"^ {4}\S.*$", text, re.M))


def told_commands(text: str) -> set[str]:
    """Return the commands of `petition` that a page names in words or in a code block."""
    lines = [*code_lines(text), *re.findall(r"`([^`\n]+)`", text)]
    found = (re.match(r"(?:\./)?(petition(?: [a-z][a-z-]*)+)", line) for line in lines)
    return {match[1] for match in found if match}


def exists(command: str) -> bool:
    """Return whether there is such a command; words after it are its arguments."""
    here: click.Command = petition
    for word in command.split()[1:]:
        if not isinstance(here, click.Group):
            break
        if word not in here.commands:
            return False
        here = here.commands[word]
    return True


def test_the_readme_tells_every_command_and_no_other() -> None:
    table = README.split("## Commands")[1].split("## ")[0]
    assert told_commands(table) - LAUNCHER_ONLY - {"petition"} == {path for path, _ in every_command(petition)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_pages_are_there(page: Path) -> None:
    if "design" not in page.parts:  # which tells of later ones, too
        told = told_commands(page.read_text(encoding="utf-8")) - LAUNCHER_ONLY - PROMISED.get(page.name, set())
        assert not [command for command in told if not exists(command)]


PROMISED = {  # what a page says of later commands
    "operations.md": {"petition backup"},  # "Until `petition backup` exists"
    "log_format.md": {"petition log restore"},
}


@pytest.mark.parametrize("line", [line for line in code_lines(README) if line.startswith("./petition")])
def test_code_blocks_can_be_run(line: str) -> None:
    arguments = line.split()[1:]
    if arguments[0] == "test":
        assert "\ntest)\n" in (TOP / "petition").read_text()
    else:
        assert CliRunner().invoke(petition, [*arguments, "--help"]).exit_code == 0


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z-]+)`", README)) - {"--help", "--fast"}))
def test_options_of_the_demonstration_are_there(option: str) -> None:
    assert option in CliRunner().invoke(petition, ["demo", "--help"]).output


def test_the_auditors_commands_are_there() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "service.audit", "--help"], cwd=TOP, capture_output=True, text=True, check=True
    )
    told = set(re.findall(r"`python -m service\.audit ([a-z]+)`", README))
    assert told == set(re.findall(r"^    ([a-z]+) ", finished.stdout, re.M))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    assert not [target for target in targets if target and not (page.parent / target).exists()]


def test_rooms_in_the_readme_are_all_there_and_all_told() -> None:
    table = README.split("## Where things are")[1].split("## ")[0]
    rooms = {path.name for path in (TOP / "service").iterdir() if path.is_dir() and not path.name.startswith("_")}
    cells = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `service"))
    assert {name.removeprefix("service/") for name in re.findall(r"`([a-z/]+)`", cells)} == rooms


@pytest.mark.parametrize(("code", "name"), LANGUAGES.items())
def test_the_readme_tells_how_far_a_language_was_read(code: str, name: str) -> None:
    review = tomllib.loads((TOP / "service" / "translations" / "review.toml").read_text(encoding="utf-8"))
    row = next(line for line in README.splitlines() if line.startswith(f"| {name}"))
    assert ("translated by a machine" in row.split("|")[2]) is (review[code]["state"] == "machine")


def test_every_decision_is_in_the_list() -> None:
    folder = TOP / "docs" / "decisions"
    text = (folder / "README.md").read_text(encoding="utf-8")
    records = sorted(path for path in folder.glob("[0-9]*.md"))
    assert [path.name for path in records] == re.findall(r"\]\((\d{4}-[a-z-]+\.md)\)", text)
    for path in records:
        content = path.read_text(encoding="utf-8")
        assert content.startswith(f"# {path.name[:4]} ")
        assert re.findall(r"^\*\*(\w+)", content, re.M) == ["Context", "Decision", "Given"]


def test_the_changelog_speaks_of_each_version_in_three_parts() -> None:
    text = (TOP / "CHANGELOG.md").read_text(encoding="utf-8")
    for version in text.split("\n## ")[1:]:
        assert re.findall(r"^### (.+)$", version, re.M) == ["Improvements", "Bug fixes", "Log format"]
