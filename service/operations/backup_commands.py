"""Commands that make a backup and restore one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from service.clock import SteppedClock, SystemClock, day_of
from service.config import Settings
from service.errors import ConfigError
from service.operations.backup import make_backup
from service.operations.backup_manifest import read_manifest
from service.operations.restore_backup import Wanted, restore_backup


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def backup(services: Any, folder: Path | None) -> None:
    """Make a backup of the database in FOLDER (without: BACKUP_DIR) while it serves, and read it back.

    The keys are not in it. What is sealed in it can be read for a week, until its key is destroyed; the log for ever.

    Example: petition backup /mnt/backups
    """
    made = make_backup(
        services.database,
        services.keys.origin,
        folder_for_backups(services.settings, folder),
        day_of(services.clock.now()),
    )
    contents = read_manifest(made).contents
    under = ", ".join(f"kek-{number}" for number in contents.keks) or "no key"
    click.echo(f"{made}: the log up to size {contents.log_size}; names are sealed under {under}. It was read back.")


@click.command()
@click.argument("backup", metavar="BACKUP", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace the database that is there, for good.")
@click.option("--log-only", is_flag=True, help="Give up names, addresses and accounts whose keys were destroyed.")
@click.option("--without-journal", is_flag=True, help="The journal of erasures is lost: who was erased comes back.")
def restore(backup: Path, replace: bool, log_only: bool, without_journal: bool) -> None:
    """Put BACKUP, a folder that `petition backup` made, in the place of the database; stop web and worker first.

    Erasures since the backup are applied again, and the database is compared with what was published.

    Example: petition restore /mnt/backups/backup-2026-03-02-1
    """
    settings = Settings.from_environment()
    clock = SteppedClock(settings.clock_file) if settings.clock_file else SystemClock()
    for done in restore_backup(settings, clock, backup, Wanted(replace, log_only, without_journal)):
        click.echo(done)


def folder_for_backups(settings: Settings, folder: Path | None) -> Path:
    """Return the folder that was named, or else the one of the settings. :raises ConfigError: if there is neither."""
    found = folder or settings.backup_dir
    if found is None:
        raise ConfigError("BACKUP_DIR is not set: name a folder for the backup")
    return found.resolve()
