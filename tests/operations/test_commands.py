"""The commands print what they did, fail on doubt, and each shows an example."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from service import cli
from service.cli import petition
from service.operations.cli import prepare
from service.operations.key_commands import keys
from service.operations.store_commands import outbox, projections
from service.store.database import Database
from service.vault.keys import Keys
from tests.installation import Installation, environ_for


def every_command(group: click.Group, path: str = "petition") -> Iterator[tuple[str, click.Command]]:
    """Yield all commands with their paths."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every_command(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


@pytest.mark.parametrize(("path", "command"), list(every_command(petition)), ids=lambda each: str(each))
def test_every_command_shows_an_example_of_itself(path: str, command: click.Command) -> None:
    assert f"Example: {path}" in " ".join((command.help or "").split())


def test_an_unknown_command_or_option_is_an_error() -> None:
    assert CliRunner().invoke(petition, ["lettre"]).exit_code == 2
    assert CliRunner().invoke(petition, ["demo", "--twice"]).exit_code == 2


def test_prepare_says_what_it_did(tmp_path: Path, database: Database) -> None:
    answer = CliRunner(env=environ_for(database, tmp_path)).invoke(prepare)
    assert answer.exit_code == 0
    assert "Copy them to a safe place" in answer.output


def test_keys_are_made_once(tmp_path: Path, database: Database) -> None:
    runner = CliRunner(env=environ_for(database, tmp_path))
    assert runner.invoke(keys, ["new"]).exit_code == 0
    assert runner.invoke(keys, ["new"]).exit_code != 0
    services = SimpleNamespace(keys=Keys.load(tmp_path / "keys", "petition.example/log"), database=database)
    status = runner.invoke(keys, ["status"], obj=services)
    assert "kek-1" in status.output, status.output
    assert status.output.count("petition prepare") == 2


def test_read_models_are_rebuilt_to_the_same(installation: Installation) -> None:
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    before = installation.count()
    answer = CliRunner().invoke(projections, ["rebuild"], obj=installation.services)
    assert answer.exit_code == 0, answer.output
    assert installation.count() == before


def test_given_up_mail_is_seen_and_put_back(installation: Installation) -> None:
    installation.signs("ada@example.org")
    with installation.services.database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'dead', error_class = 'refused'")
    runner = CliRunner()
    listed = runner.invoke(outbox, ["list"], obj=installation.services)
    assert listed.exit_code == 1
    assert "1 were given up" in listed.output
    assert "ada" not in listed.output
    assert runner.invoke(outbox, ["retry", "all"], obj=installation.services).exit_code == 0
    assert runner.invoke(outbox, ["list"], obj=installation.services).exit_code == 0
    assert runner.invoke(outbox, ["retry", "missing"], obj=installation.services).exit_code != 0


def test_a_full_disk_is_a_sentence_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/log")

    monkeypatch.setattr(cli, "petition", fail)
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    assert capsys.readouterr().err == "petition: /srv/log: No space left on device\n"
