"""An old backup after a rotation: nobody can be read in it, and only the log comes back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.config import Settings
from service.errors import Refused
from service.operations.backup_manifest import DUMP, backups_in
from service.operations.restore_backup import Wanted, restore_backup
from service.operations.rewrapping import Rotation, Step
from service.store.database import Database
from service.store.tables import campaign_key, outbox, record
from tests.installation import Installation, environ_for
from tests.operations.conftest import Installs
from tests.operations.test_backup import backs_up, joined
from tests.privacy.test_nothing_readable import EMAIL, NAME, assert_holds_nothing, everything_stored


def rotates(installation: Installation, folder: Path) -> None:
    """Renew the key-encryption key."""
    services = installation.services
    rotation = Rotation(services.database, services.keys, services.clock, folder, None)
    begin = True
    while rotation.step(begin=begin) is not Step.NOTHING:
        begin = False
        installation.clock.moment += timedelta(minutes=1)


@pytest.fixture
def erased(database: Database, installs: Installs, tmp_path: Path) -> Installation:
    """Return an installation with an old backup that holds one who was erased since, and a new key."""
    installation = installs(database)
    database.dispose()
    installation.signs(EMAIL, NAME)
    page = installation.confirms(EMAIL)
    for mail in installation.mail_folder.glob("*.eml"):
        mail.unlink()
    joined(installation, "ada")
    installation.signs("waits@example.org")
    backs_up(installation, tmp_path / "old")
    installation.client().post(page, data={"action": "erase"})
    rotates(installation, tmp_path / "new")
    return installation


def test_who_was_erased_is_in_no_file_and_no_key_opens_the_old_backup(erased: Installation, tmp_path: Path) -> None:
    (old,), (new,) = backups_in(tmp_path / "old"), backups_in(tmp_path / "new")
    assert_holds_nothing(everything_stored(erased))
    for backup in (old, new):
        assert_holds_nothing(b"".join(path.read_bytes() for path in backup.iterdir()))
    assert {path.name for path in erased.services.settings.keys_dir.glob("kek-*")} == {"kek-2"}
    assert (old / DUMP).stat().st_size > 0


def test_an_old_backup_brings_the_log_back_and_nobody_else(
    erased: Installation, database: Database, tmp_path: Path
) -> None:
    settings = Settings.from_environment(environ_for(database, tmp_path))
    (old,) = backups_in(tmp_path / "old")
    count = erased.count()
    erased.services.database.dispose()
    with pytest.raises(Refused, match="--log-only"):
        list(restore_backup(settings, erased.clock, old, Wanted(replace=True, without_journal=True)))
    wanted = Wanted(replace=True, without_journal=True, log_only=True)
    said = " ".join(restore_backup(settings, erased.clock, old, wanted))
    assert "its key is lost" in said
    assert [erased.rows(table) for table in (record, campaign_key, outbox)] == [0, 0, 0]
    assert erased.count() == count
    with erased.services.database.read() as connection:
        assert set(connection.execute(sa.text("SELECT number FROM kek")).scalars()) == {2}
