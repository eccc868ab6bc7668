"""Restoring a backup: the drill of docs/operations.md, and everything that is refused before anything changes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.app import build_services
from service.config import Settings
from service.errors import ConfigError, PetitionError, Refused
from service.operations.backup_manifest import DUMP, MANIFEST
from service.operations.prepare import prepare
from service.operations.restore_backup import Wanted, restore_backup
from service.operations.restore_log import restore_log
from service.publishing.folder import write_folder
from service.publishing.mirror import copy_at
from service.store.database import Database, open_database
from service.store.sqlite_dump import DumpBroken
from service.store.tables import mine, record
from service.vault.erasure import copy_journal
from tests.installation import Installation, environ_for
from tests.operations.conftest import Installs
from tests.operations.test_backup import backs_up, joined


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Return the settings of the installation, with a journal of erasures and a published copy."""
    changed = {"ERASURE_JOURNAL": str(tmp_path / "erasures"), "PUBLISHED_COPY": str(tmp_path / "log")}
    return Settings.from_environment(environ_for(database, tmp_path) | changed)


@pytest.fixture
def installed(database: Database, installs: Installs, tmp_path: Path) -> Installation:
    """Return an installation that has a journal of erasures; two people have joined."""
    installation = installs(database, ERASURE_JOURNAL=str(tmp_path / "erasures"))
    copy_journal(database, tmp_path / "erasures")
    database.dispose()  # the installation has its own connections
    joined(installation, "ada", "bob")
    return installation


def restores(settings: Settings, installation: Installation, backup: Path, **wanted: bool) -> list[str]:
    """Restore as the command does, with nobody else at the database."""
    installation.services.database.dispose()
    return list(restore_backup(settings, installation.clock, backup, Wanted(**wanted)))


def everything(database: Database) -> list[Any]:
    with database.read() as connection:
        return [connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY 1")).all() for name in ("event", "record")]


def test_the_drill(installed: Installation, settings: Settings, tmp_path: Path) -> None:
    """Run what docs/operations.md says to do when the database is lost."""
    made = backs_up(installed, tmp_path / "backups")
    erased = installed.confirms("bob@example.org")  # the same link, the same page
    installed.client().post(erased, data={"action": "erase"})
    joined(installed, "cyd")
    services = installed.services
    copy_journal(services.database, tmp_path / "erasures")
    write_folder(services.database, services.policy, tmp_path / "log", lambda _: None)
    said = restores(settings, installed, made, replace=True)
    assert "the copy" in " ".join(said) or "log restore" in " ".join(said)
    assert any("erasures of after the backup are applied again" in sentence for sentence in said)
    assert installed.rows(record) == 1  # ada's; nobody who was erased comes back
    assert installed.client().get(erased).status_code == 404
    restored = build_services(settings)
    done = restore_log(restored, copy_at(str(tmp_path / "log")), lambda _: None)
    restored.database.dispose()
    assert done.after - done.before == 1
    installed.services.runner.catch_up()
    assert installed.count()["active"] == 3
    joined(installed, "dan")
    assert installed.count()["active"] == 4


def test_what_was_backed_up_is_what_is_there_again(installed: Installation, settings: Settings, tmp_path: Path) -> None:
    made, was = backs_up(installed, tmp_path), everything(installed.services.database)
    joined(installed, "cyd")
    said = restores(settings, installed, made, replace=True)
    assert everything(installed.services.database) == was
    assert any("Nothing that could be asked contradicts" in sentence for sentence in said)


def test_an_empty_database_is_filled_without_asking(
    installed: Installation, settings: Settings, tmp_path: Path
) -> None:
    made, was = backs_up(installed, tmp_path), everything(installed.services.database)
    database = installed.services.database
    database.dispose()
    if database.path is not None:
        database.path.unlink()
    else:
        with database.write() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        database.dispose()
    restores(settings, installed, made)
    assert everything(installed.services.database) == was


def test_it_says_what_is_there_before_it_replaces_it(
    installed: Installation, settings: Settings, tmp_path: Path
) -> None:
    made, was = backs_up(installed, tmp_path), everything(installed.services.database)
    with pytest.raises(Refused, match=r"a log of \d+ counted entries, and 2 sealed names"):
        restores(settings, installed, made)
    assert everything(installed.services.database) == was


def test_a_database_in_use_is_not_replaced(installed: Installation, settings: Settings, tmp_path: Path) -> None:
    made = backs_up(installed, tmp_path)
    joined(installed, "cyd")
    other = open_database(settings.database_url)
    with other.read() as connection:
        connection.execute(sa.text("SELECT count(*) FROM event"))
        with pytest.raises(Refused, match="stop web and worker"):
            restores(settings, installed, made, replace=True)
    other.dispose()
    assert installed.rows(record) == 3


@pytest.mark.parametrize("fault", ["cut", "bit", "missing", "manifest", "unknown field", "other size"])
def test_a_damaged_backup_changes_nothing(
    installed: Installation, settings: Settings, tmp_path: Path, fault: str
) -> None:
    made = backs_up(installed, tmp_path)
    was, dump, manifest = everything(installed.services.database), made / DUMP, made / MANIFEST
    content, said = dump.read_bytes(), manifest.read_text()
    if fault == "cut":
        dump.write_bytes(content[:-100])
    elif fault == "bit":
        dump.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    elif fault == "missing":
        dump.unlink()
    elif fault == "manifest":
        manifest.write_text(said[:-30])
    elif fault == "unknown field":
        manifest.write_text(said.replace('"v"', '"w"'))
    else:
        manifest.write_text(said.replace('"root": "', '"root": "00'))
    if fault == "other size" and installed.services.database.path is None:
        return  # what PostgreSQL's own programs wrote is bound by its SHA-256 alone
    with pytest.raises(DumpBroken):
        restores(settings, installed, made, replace=True)
    assert everything(installed.services.database) == was


def test_a_folder_that_is_no_backup_is_refused(installed: Installation, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(PetitionError, match="is no backup"):
        restores(settings, installed, tmp_path, replace=True)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ('"origin": "petition.example/log"', '"origin": "other.example/log"', "not of petition.example/log"),
        ('"kind": "', '"kind": "other', "another kind"),
        ('"schema": "', '"schema": "9', "the version that made it"),
        ("petition.example/log\\n", "petition.exbmple/log\\n", "another log"),
        ('"v": 1', '"v": 2', "another version"),
    ],
)
def test_a_backup_of_something_else_is_refused(
    installed: Installation, settings: Settings, tmp_path: Path, field: str, value: str, says: str
) -> None:
    made = backs_up(installed, tmp_path)
    said = (made / MANIFEST).read_text()
    assert field in said
    (made / MANIFEST).write_text(said.replace(field, value))
    with pytest.raises(PetitionError, match=says):
        restores(settings, installed, made, replace=True)


def test_without_the_journal_of_erasures_it_is_refused_until_that_is_said(
    installed: Installation, settings: Settings, tmp_path: Path
) -> None:
    made = backs_up(installed, tmp_path)
    (tmp_path / "erasures").unlink()
    with pytest.raises(Refused, match="comes back"):
        restores(settings, installed, made, replace=True)
    restores(settings, installed, made, replace=True, without_journal=True)
    assert installed.rows(mine) == 2


def test_a_journal_that_is_older_than_the_backup_is_told(
    installed: Installation, settings: Settings, tmp_path: Path
) -> None:
    path, newest = tmp_path / "erasures", tmp_path / "newest"
    for name in ("ada", "bob"):  # the file that is there when the database is lost knows of ada alone
        installed.client().post(installed.confirms(f"{name}@example.org"), data={"action": "erase"})
        if name == "ada":
            copy_journal(installed.services.database, path)
    made = backs_up(installed, tmp_path)
    joined(installed, "cyd")
    installed.client().post(installed.confirms("cyd@example.org"), data={"action": "erase"})
    shutil.copy(path, newest)
    copy_journal(installed.services.database, newest)
    said = restores(settings, installed, made, replace=True)
    assert any("lacks 2 erasures that the backup knows" in sentence for sentence in said)  # a record and a form
    shutil.copy(newest, path)  # what it advises
    with pytest.raises(ConfigError, match="2 erasures are not in this database"):
        list(prepare(settings, installed.clock))
    list(prepare(settings, installed.clock, apply_erasures=True))
    again = restores(settings, installed, made, replace=True)
    assert not any("lacks" in sentence for sentence in again)
