"""A backup is one moment of the database while it serves, and is not called one before it was read back."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from service.clock import day_of
from service.errors import ConfigError, PetitionError
from service.operations.backup import make_backup
from service.operations.backup_commands import backup as command
from service.operations.backup_manifest import DUMP, MANIFEST, backups_in, read_manifest
from service.publishing.checkpoint import publish
from service.publishing.signed import newest
from service.store import postgresql_dump
from service.store.database import Database
from service.store.pulse import Pulse
from service.store.sqlite_dump import DumpBroken
from tests.faults.server import wait_until
from tests.installation import Installation
from tests.operations.conftest import Installs

DAY = "2026-03-02"


def backs_up(installation: Installation, folder: Path) -> Path:
    """Make a backup as the command does."""
    services = installation.services
    return make_backup(services.database, services.keys.origin, folder, day_of(services.clock.now()))


def joined(installation: Installation, *names: str) -> None:
    """Let people sign, confirm and be counted, and publish the log."""
    for name in names:
        installation.signs(f"{name}@example.org")
        installation.confirms(f"{name}@example.org")
    installation.records()
    publish(installation.services.database, installation.services.keys, installation.services.policy)


def test_it_says_which_log_how_long_and_under_which_keys(installation: Installation, tmp_path: Path) -> None:
    joined(installation, "ada", "bob")
    made = backs_up(installation, tmp_path / "backups")
    manifest = read_manifest(made)
    with installation.services.database.read() as connection:
        signed = newest(connection)
    assert signed is not None
    assert made.name == "backup-2026-03-02-1"
    assert (manifest.origin, manifest.day) == ("petition.example/log", DAY)
    assert (manifest.contents.log_size, manifest.contents.root) == (signed.size, signed.root.hex())
    assert (manifest.contents.checkpoint, manifest.contents.keks) == (signed.note, [1])


def test_it_is_for_its_owner_alone_and_nothing_unfinished_is_left(installation: Installation, tmp_path: Path) -> None:
    made = backs_up(installation, tmp_path / "backups")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.iterdir()} == {DUMP: 0o600, MANIFEST: 0o600}
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_backups_of_one_day_are_numbered(installation: Installation, tmp_path: Path) -> None:
    made = [backs_up(installation, tmp_path) for _ in range(11)]
    assert backups_in(tmp_path) == made


def test_it_is_of_one_moment_while_people_sign(installation: Installation, tmp_path: Path) -> None:
    joined(installation, "ada")
    with installation.services.database.write() as connection:  # nobody is kept from reading by one who writes
        connection.exec_driver_sql("DELETE FROM record")
        made = backs_up(installation, tmp_path)
    assert read_manifest(made).contents.keks == [1]


def test_a_damaged_database_gives_no_backup(sqlite_database: Database, installs: Installs, tmp_path: Path) -> None:
    installation = installs(sqlite_database)
    joined(installation, "ada")
    with sqlite_database.write() as connection:
        connection.exec_driver_sql("UPDATE event SET state = CAST(replace(state, 'a', 'b') AS BLOB) WHERE id > 3")
    with pytest.raises(DumpBroken, match="do not give the root"):
        backs_up(installation, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_dump_that_differs_from_what_it_was_made_from_is_no_backup(
    postgresql_database: Database, installs: Installs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = installs(postgresql_database)
    monkeypatch.setattr("service.store.postgresql_dump._digest_of", lambda connection, name: "another")
    with pytest.raises(DumpBroken, match="differs from the database"):
        backs_up(installation, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_backup_may_take_longer_than_the_server_suffers_in_silence(
    postgresql_database: Database, installs: Installs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another program dumps or reads back, the server hears from the transaction that both belong to."""
    installation = installs(postgresql_database)
    real, heard = postgresql_dump._running, []

    @contextmanager
    def slowly(program: str, *options: str, **more: Any) -> Iterator[Any]:
        heard.append(program)
        wait_until(lambda: _last_said(postgresql_database) == ["SELECT 1"], f"the server to hear during {program}")
        with real(program, *options, **more) as process:
            yield process

    monkeypatch.setattr(postgresql_dump, "PULSE", Pulse(0.05))
    monkeypatch.setattr(postgresql_dump, "_running", slowly)
    backs_up(installation, tmp_path)
    assert heard == ["pg_dump", "pg_restore"]


def _last_said(database: Database) -> list[str]:
    asked = "SELECT query FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
    with database.ask() as connection:
        return list(connection.execute(sa.text(asked)).scalars())


def test_a_folder_that_cannot_be_used_is_named(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PetitionError, match="file"):
        backs_up(installation, tmp_path / "file" / "backups")


def test_a_program_that_is_missing_is_named(
    postgresql_database: Database, installs: Installs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = installs(postgresql_database)
    monkeypatch.setattr("shutil.which", lambda program: None)
    with pytest.raises(ConfigError, match="pg_dump is not installed"):
        backs_up(installation, tmp_path / "backups")


def test_the_command_makes_one_and_says_what_is_in_it(installation: Installation, tmp_path: Path) -> None:
    answer = CliRunner().invoke(command, [str(tmp_path / "backups")], obj=installation.services)
    assert answer.exit_code == 0, answer.output
    assert "backup-2026-03-02-1" in answer.output
    assert "kek-1" in answer.output
    answer = CliRunner().invoke(command, obj=installation.services)
    assert isinstance(answer.exception, ConfigError)
