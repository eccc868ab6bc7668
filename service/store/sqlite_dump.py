"""Copies of an SQLite database: made while it serves, and put in the place of one that nobody uses."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from service.errors import PetitionError, Refused, StoreUnavailable


class DumpBroken(PetitionError):
    """A copy of the database is damaged or incomplete."""

    code, status = "dump-broken", 500


def dump_sqlite(source: Path, target: Path) -> None:
    """Write one moment of a database into a new file (mode 0600) of its own; others read and write meanwhile.

    :raises StoreUnavailable: if the database cannot be read.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_opened(source, "ro")) as live, closing(_opened(target, "rw")) as copy:
            live.backup(copy)  # in one step, so from one snapshot: https://www.sqlite.org/backup.html
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the database cannot be copied: {error}") from error
    leave_wal(target)


def leave_wal(path: Path) -> None:
    """Make a database one file without a write-ahead log. :raises Refused: if another process has it open."""
    try:
        with closing(_opened(path, "rw")) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        raise Refused(f"{path} is in use: stop web and worker first") from error
    if mode != "delete":
        raise Refused(f"{path} is in use: stop web and worker first")


def check_sqlite(path: Path) -> None:
    """Read a whole database and check that its pages, indexes and references fit. :raises DumpBroken: if not."""
    try:
        with closing(_opened(path, "ro")) as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
            dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise DumpBroken(f"{path} cannot be read: {error}") from error
    if said != ["ok"] or dangling:
        raise DumpBroken(f"{path} is damaged: {said[0] if said != ['ok'] else f'a row of {dangling[0]} lacks its key'}")


def copy_in(dump: Path, target: Path) -> Path:
    """Copy a dump beside the database that it shall become (mode 0600), durably; return where it is."""
    unfinished = target.with_name(f".{target.name}.restored")
    unfinished.unlink(missing_ok=True)
    with dump.open("rb") as source, open(os.open(unfinished, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    return unfinished


def put_in_place(restored: Path, target: Path) -> None:
    """Put a restored file in the place of the database. :raises Refused: if another process has either open."""
    leave_wal(restored)
    if is_database(target):
        leave_wal(target)
    for left in ("-wal", "-shm"):  # of a database that is gone or damaged: it must not be applied to this one
        target.with_name(target.name + left).unlink(missing_ok=True)
    restored.replace(target)
    handle = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_database(path: Path) -> bool:
    """Return whether there is a file that SQLite can read."""
    try:
        with closing(_opened(path, "ro")) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        return isinstance(error, sqlite3.OperationalError) and path.exists()  # locked: somebody uses it
    return True


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode={mode}", uri=True, timeout=5, isolation_level=None)
