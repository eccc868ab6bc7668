"""What the doctor says about backups and about the age of the key-encryption key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from service.clock import day_of
from service.config import Settings
from service.errors import PetitionError
from service.operations.backup_manifest import OF_USE_DAYS, age_days, backups_in
from service.store.database import Database
from service.vault.rewrapping import keks_since

LATE_DAYS = 1  # the worker looks every minute
DAY_S = 86_400


def check_backups(settings: Settings, database: Database, now: datetime) -> str:
    """Look whether the key-encryption key is renewed weekly, and whether there is a backup that can be read.

    :raises PetitionError: if not. A demonstration's people are made up: it needs neither.
    """
    with database.read() as connection:
        number, since = max(keks_since(connection).items())
    age = int(now.timestamp() - since) // DAY_S
    if settings.demonstration:
        return "A demonstration needs no backups, and renews no key."
    if age >= OF_USE_DAYS + LATE_DAYS:
        told = "more than a week" if since == 0 else f"{age} days"
        raise PetitionError(
            f"kek-{number} is {told} old: who was erased can still be read in old backups. "
            "Run `petition keys rewrap` weekly, or set BACKUP_DIR and KEYS_COPY: then the worker does it"
        )
    if settings.backup_dir is None:
        return f"kek-{number} is {age} days old. BACKUP_DIR is not set: where the backups are, only you know."
    made = backups_in(settings.backup_dir)
    if not made or age_days(made[-1], day_of(now)) > OF_USE_DAYS:
        newest = f"the newest is {made[-1].name}" if made else "there is none"
        raise PetitionError(f"BACKUP_DIR: no backup of the last {OF_USE_DAYS} days ({newest}). Run `petition backup`")
    return f"The newest backup is {made[-1].name}; kek-{number} is {age} days old.{_old(settings.backup_dir, now)}"


def old_backups(folder: Path, now: datetime) -> list[str]:
    """Return the names of the backups that are of use for the log alone: the keys of their names are destroyed."""
    return [path.name for path in backups_in(folder) if age_days(path, day_of(now)) > OF_USE_DAYS]


def _old(folder: Path, now: datetime) -> str:
    old = old_backups(folder, now)
    return f" {len(old)} older than a week are of use for the log alone: delete them at will." if old else ""
