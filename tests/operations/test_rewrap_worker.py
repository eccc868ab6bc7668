"""The worker renews the key within its week, if backup and copies have their places; else the doctor says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from service.config import Settings
from service.errors import PetitionError
from service.operations.backup_check import check_backups
from service.operations.retention import retention
from service.operations.work import passes
from service.store.database import Database
from service.store.tables import kek
from tests.installation import Installation, environ_for
from tests.operations.conftest import Installs
from tests.operations.test_backup import backs_up, joined

SERIOUS = {"DEMONSTRATION": "0", "MAILBOX_DIR": ""}


def works(installation: Installation) -> list[int]:
    """Let the worker look for half an hour."""
    (found,) = (each for each in passes(installation.services) if each.name == "rewrap")
    done = []
    for _ in range(30):
        done.append(found.run())
        installation.clock.moment += timedelta(minutes=1)
    return done


def test_the_worker_renews_the_key_once_a_week(database: Database, installs: Installs, tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir(mode=0o700)
    places = {"BACKUP_DIR": str(tmp_path / "backups"), "KEYS_COPY": str(tmp_path / "copies")}
    installation = installs(database, **places)
    joined(installation, "ada")
    assert not any(works(installation))
    installation.clock.moment += timedelta(days=7)
    assert any(works(installation))
    assert not any(works(installation))
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["kek-2"]
    assert installation.services.keys.keks.numbers() == {2}
    installation.clock.moment += timedelta(days=8)
    status = CliRunner().invoke(retention, ["status"], obj=installation.services)
    assert "older than 7 days, of use for the log alone" in status.output


def test_without_a_place_for_copies_the_worker_leaves_it_to_the_operator(installation: Installation) -> None:
    assert "rewrap" not in [each.name for each in passes(installation.services)]


def test_the_doctor_wants_a_young_key_and_a_backup(installation: Installation, tmp_path: Path) -> None:
    database = installation.services.database
    environ = environ_for(database, tmp_path) | SERIOUS | {"BACKUP_DIR": str(tmp_path / "backups")}
    settings, now = Settings.from_environment(environ), installation.clock.now()
    with pytest.raises(PetitionError, match="petition backup"):
        check_backups(settings, database, now)
    backs_up(installation, tmp_path / "backups")
    assert "backup-2026-03-02-1" in check_backups(settings, database, now)
    with pytest.raises(PetitionError, match="petition keys rewrap"):
        check_backups(settings, database, now + timedelta(days=8))
    with database.write() as connection:
        connection.execute(sa.update(kek).values(since=0))
    with pytest.raises(PetitionError, match="more than a week old"):
        check_backups(settings, database, datetime(2026, 3, 2, tzinfo=UTC))
