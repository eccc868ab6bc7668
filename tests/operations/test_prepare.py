"""Preparing an installation: tables, keys, the log's first entry; again and again, and never over the wrong keys."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.clock import FixedClock
from service.config import Settings
from service.errors import ConfigError
from service.eventlog.log import PetitionLog
from service.operations.prepare import log_opening, prepare
from service.readmodel.tables import live
from service.store.database import Database
from service.vault.erasure import copy_journal, journal
from service.vault.keys import Keys
from tests.installation import environ_for, install


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Return the settings of an installation that was never prepared."""
    return Settings.from_environment(environ_for(database, tmp_path))


def test_it_opens_the_log_under_new_keys(settings: Settings, database: Database, clock: FixedClock) -> None:
    said = list(prepare(settings, clock))
    opened = log_opening(PetitionLog(database))
    assert opened is not None
    assert opened.log_key == Keys.load(settings.keys_dir, settings.origin).log_vkey
    assert any(opened.log_key in sentence for sentence in said)


def test_repeating_it_changes_nothing(settings: Settings, database: Database, clock: FixedClock) -> None:
    list(prepare(settings, clock))
    before = Keys.load(settings.keys_dir, settings.origin).log_vkey
    list(prepare(settings, clock))
    assert len(PetitionLog(database).entries(0, 10)) == 1
    assert Keys.load(settings.keys_dir, settings.origin).log_vkey == before


def test_two_at_once_open_one_log(settings: Settings, database: Database, clock: FixedClock) -> None:
    Keys.create(settings.keys_dir, settings.origin)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: list(prepare(settings, clock)), range(4)))
    assert len(PetitionLog(database).entries(0, 10)) == 1


def test_it_makes_no_new_keys_for_a_log_that_is_there(settings: Settings, clock: FixedClock) -> None:
    list(prepare(settings, clock))
    shutil.rmtree(settings.keys_dir)
    with pytest.raises(ConfigError, match="KEYS_DIR"):
        list(prepare(settings, clock))


def test_it_refuses_other_keys_than_the_logs(settings: Settings, clock: FixedClock) -> None:
    list(prepare(settings, clock))
    shutil.rmtree(settings.keys_dir)
    Keys.create(settings.keys_dir, settings.origin)
    with pytest.raises(ConfigError, match="not the keys of this log"):
        list(prepare(settings, clock))


def test_it_refuses_another_origin(database: Database, settings: Settings, clock: FixedClock, tmp_path: Path) -> None:
    list(prepare(settings, clock))
    renamed = Settings.from_environment(environ_for(database, tmp_path) | {"ORIGIN": "other.example/log"})
    with pytest.raises(ConfigError, match="ORIGIN"):
        list(prepare(renamed, clock))


def test_a_restored_backup_is_refused_until_erasures_are_applied(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    path = tmp_path / "erasures"
    settings = Settings.from_environment(environ_for(database, tmp_path) | {"ERASURE_JOURNAL": str(path)})
    list(prepare(settings, clock))
    with database.write() as connection:
        journal(connection, "row-1", "2026-03-02")
    copy_journal(database, path)
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM erasure")  # as in a backup from before
    with pytest.raises(ConfigError, match="1 erasures"):
        list(prepare(settings, clock))
    assert any("1 erasures" in sentence for sentence in prepare(settings, clock, apply_erasures=True))
    list(prepare(settings, clock))


def test_it_builds_read_models_that_gave_up_their_position(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    installation = install(database, tmp_path, clock)
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    count = installation.count()
    with database.write() as connection:  # as a step of the schema does that changed them
        for table in (live.progress, live.history, live.counts):
            connection.execute(sa.delete(table))
    said = list(prepare(installation.services.settings, clock))
    assert any("read models are built anew" in sentence for sentence in said)
    assert installation.count() == count
    assert not any("built anew" in sentence for sentence in prepare(installation.services.settings, clock))
    installation.services.database.dispose()
