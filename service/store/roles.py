"""Worker roles: one holder at a time in the whole deployment, given back when its transaction or process ends."""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from service.store.database import Database

ROLES = 0x75_72  # the class of our advisory locks for roles


@contextmanager
def role(database: Database, name: str) -> Iterator[bool]:
    """Take a role for one pass without waiting; yield whether it was free.

    SQLite: a lock on a file of its own beside the database. PostgreSQL: an advisory lock of a transaction of its own.
    """
    if database.path is not None:
        with _file_role(f"{database.path}.{name}.role") as taken:
            yield taken
        return
    statement = sa.text("SELECT pg_try_advisory_xact_lock(:roles, :key)")
    with database.read() as connection:
        key = zlib.crc32(name.encode()) & 0x7FFF_FFFF
        yield bool(connection.execute(statement, {"roles": ROLES, "key": key}).scalar_one())


@contextmanager
def _file_role(path: str) -> Iterator[bool]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
