"""The commands `petition campaign …`: what they say, and the code with which they end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service import cli
from service.campaigns.cli import campaign
from tests.installation import EXAMPLE, REF, Installation


def run(installation: Installation, *arguments: str) -> Result:
    return CliRunner().invoke(campaign, arguments, obj=installation.services)


def says(installation: Installation, *arguments: str) -> str:
    result = run(installation, *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def rename(folder: Path) -> None:
    path = folder / "appeal.toml"
    path.write_text(path.read_text().replace('ref = "istanbul-two"', 'ref = "another"'))


def test_an_appeal_is_checked_and_imported(installation: Installation, folder: Path) -> None:
    rename(folder)
    assert "another: no problems" in says(installation, "check", str(folder))
    assert "imported another: 3 texts, 5 letter wordings" in says(installation, "import", str(folder))
    listed = says(installation, "list").splitlines()
    assert [line.split()[:2] for line in listed] == [["another", "imported"], [REF, "open"]]


def test_a_broken_folder_ends_with_1_and_is_not_imported(installation: Installation, folder: Path) -> None:
    rename(folder)
    (folder / "text.tr.md").unlink()
    for command in ("check", "import"):
        result = run(installation, command, str(folder))
        assert result.exit_code == 1
        assert "text.tr.md:1: there is no such file: add it, or take out what names it" in result.output
        assert "Error: 1 problems: correct them and check again" in result.output
    assert "another" not in says(installation, "list")


def test_show_tells_everything_of_one_appeal(installation: Installation) -> None:
    shown = {line.split()[0]: line.split()[1] for line in says(installation, "show", REF).splitlines()}
    assert (shown["state"], shown["closes"], shown["rules.risk"]) == ("open", "2026-05-31", "ordinary")
    assert (shown["active"], shown["rules.tally_min"]) == ("0", "5")
    assert int(shown["log_size"]) > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("close", REF, "--reason", "date", "--as", "olga"),
        ("withdraw", REF, "--as", "olga"),
        ("withdraw", REF, "--reason", "mood", "--as", "olga"),
        ("extend", REF, "tomorrow", "--as", "olga"),
        ("extend", REF, "--as", "olga"),
        ("check", "/no/such/folder"),
        ("surprise",),
    ],
)  # fmt: skip
def test_a_command_that_is_not_understood_ends_with_2(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(campaign, arguments)
    assert result.exit_code == 2
    assert "Usage: " in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", str(EXAMPLE)], "petition: The appeal istanbul-two was opened before"),
        (["show", "nothing"], "petition: There is no such appeal here."),
    ],
)  # fmt: skip
def test_a_refusal_is_a_sentence_and_ends_with_1(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.setattr(cli, "Session", lambda: installation.services)
    monkeypatch.setattr(sys, "argv", ["petition", "campaign", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert said in capsys.readouterr().err
