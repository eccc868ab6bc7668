"""Backups: one moment of the database while it serves, read back and checked before it is called one."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import msgspec

from service.errors import PetitionError
from service.eventlog.merkle import leaf_hash, root_of
from service.operations.backup_manifest import (
    DUMP,
    MANIFEST,
    Contents,
    Manifest,
    backups_in,
    check_bytes,
    contents_of,
    read_manifest,
    sha256_of,
)
from service.publishing.leaves import leaves
from service.store.database import Database, open_database
from service.store.postgresql_dump import check_postgresql, dump_postgresql
from service.store.sqlite_dump import DumpBroken, check_sqlite, dump_sqlite, leave_wal
from service.vault.key_files import sync_folder


def make_backup(database: Database, origin: str, folder: Path, day: str) -> Path:
    """Make a backup (mode 0700, files 0600) in a folder, whole or not at all, and return where it is.

    It is read back before it gets its name: every page, index and entry (SQLite), every row (PostgreSQL).

    :raises PetitionError: if it cannot be made, or read back as what it was made from.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    except OSError as error:
        raise PetitionError(f"{folder}: no backup can be made there: {error.strerror}") from error
    try:
        dump = unfinished / DUMP
        contents = _dump_sqlite(database, dump) if database.path else _dump_postgresql(database, dump)
        made = Manifest(1, origin, database.dialect, day, sha256_of(dump), contents)
        (unfinished / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
        os.chmod(unfinished / MANIFEST, 0o600)
        for path in (dump, unfinished / MANIFEST):
            _sync(path)
        sync_folder(unfinished)
        check_bytes(unfinished, read_manifest(unfinished))
        return _named(unfinished, folder, day)
    except OSError as error:
        raise PetitionError(f"{folder}: the backup cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)  # once it has its name, there is nothing here


def check_entries(database: Database, contents: Contents) -> None:
    """Check that the stored entries give the root. :raises DumpBroken: if they do not."""
    if root_of(leaf_hash(leaf) for leaf in leaves(database)).hex() != contents.root:
        raise DumpBroken("the entries in this copy do not give the root of its log")


def _dump_sqlite(database: Database, dump: Path) -> Contents:
    assert database.path is not None
    dump_sqlite(database.path, dump)
    check_sqlite(dump)
    copy = open_database(f"sqlite:///{dump}", pool_size=2)
    try:
        with copy.read() as connection:
            contents = contents_of(connection)
        check_entries(copy, contents)
    finally:
        copy.dispose()
    leave_wal(dump)
    return contents


def _dump_postgresql(database: Database, dump: Path) -> Contents:
    with database.read() as connection:  # what is dumped, what is told of it and what it is compared with: one moment
        dump_postgresql(database, connection, dump)
        check_postgresql(connection, dump)
        return contents_of(connection)


def _named(unfinished: Path, folder: Path, day: str) -> Path:
    """Give a finished backup its name: the day and the next free number."""
    today = [path for path in backups_in(folder) if path.name.startswith(f"backup-{day}-")]
    number = int(today[-1].name.rpartition("-")[2]) + 1 if today else 1
    named = folder / f"backup-{day}-{number}"
    unfinished.rename(named)  # refused if another one took the name meanwhile
    sync_folder(folder)
    return named


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
