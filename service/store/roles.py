"""Worker roles: one holder at a time in the whole deployment, given back when its transaction or process ends."""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import sqlalchemy as sa

from service.store.database import Database
from service.store.pulse import PULSE

ROLES = 0x75_72  # the class of our advisory locks for roles
ROLE_SILENT_MAX_S = 15
_GIVE_BACK = sa.text("SELECT pg_advisory_unlock(:roles, :key), set_config('idle_session_timeout', '0', false)")
_TAKE_LONG = sa.text(
    "SELECT taken, set_config('idle_session_timeout', CASE WHEN taken THEN :limit ELSE '0' END, false) "
    "FROM pg_try_advisory_lock(:roles, :key) AS taken"
)
_TAKE = sa.text(
    "SELECT pg_try_advisory_xact_lock(:roles, :key), set_config('idle_in_transaction_session_timeout', :limit, true)"
)


@contextmanager
def role(database: Database, name: str) -> Iterator[bool]:
    """Take a role for one pass without waiting; yield whether it was free.

    SQLite: a lock on a file of its own beside the database. PostgreSQL: an advisory lock of a transaction of its own,
    which the server ends if its process says nothing for ROLE_SILENT_MAX_S: one that stands still loses the role.
    Whoever goes on later without it does harm to nobody: what is done under a role is moved by compare-and-swap.
    """
    if database.path is not None:
        with _file_role(f"{database.path}.{name}.role") as taken:
            yield taken
        return
    held = {"roles": ROLES, "key": _key(name), "limit": f"{ROLE_SILENT_MAX_S}s"}
    with database.read() as connection:
        taken = bool(connection.execute(_TAKE, held).scalar_one())
        with PULSE.of(connection) if taken else nullcontext():
            yield taken


@contextmanager
def long_role(database: Database, name: str) -> Iterator[bool]:
    """Take a role for work that waits for a network; yield whether it was free. No transaction is open meanwhile.

    SQLite: as `role`. PostgreSQL: an advisory lock of the session, so that nothing keeps it from tidying up. Whoever
    loses the connection has lost the role and does not know it: what is done under it MUST be guarded by a claim, too.
    """
    if database.path is not None:
        with _file_role(f"{database.path}.{name}.role") as taken:
            yield taken
        return
    held = {"roles": ROLES, "key": _key(name), "limit": f"{ROLE_SILENT_MAX_S}s"}
    with database.ask() as session:
        taken = bool(session.execute(_TAKE_LONG, held).scalar_one())
        try:
            with PULSE.of(session) if taken else nullcontext():
                yield taken
        finally:
            if taken:
                session.execute(_GIVE_BACK, held)


def _key(name: str) -> int:
    return zlib.crc32(name.encode()) & 0x7FFF_FFFF


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
