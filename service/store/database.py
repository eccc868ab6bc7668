"""One engine for SQLite and PostgreSQL: durable write transactions, plain reads, and clear words when it is away."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.errors import ConfigError, StoreUnavailable
from service.store import postgresql

TURN_MAX_S = 8.0  # for the lock file, whose holder may be stopped or busy with a whole file
TURN_PAUSE_S = 0.0005  # before it is tried again: a batch holds it for some milliseconds
BUSY_TIMEOUT_MS = 10_000  # only readers at a checkpoint ever wait: writers queue on the lock file (docs/decisions/0002)
BEGIN_READ = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ"}
BEGIN_WRITE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "foreign_keys=ON",
    "secure_delete=ON",
)


class Database:
    """A database with read and durable write transactions.

    A write transaction on SQLite holds a lock file beside the database, so that writers of all processes queue fairly.
    """

    def __init__(self, url: str, engine: sa.Engine, path: Path | None) -> None:
        self.url = url
        self.engine = engine
        self.path = path
        self._turn = threading.Lock()
        self._asking = engine.execution_options(begin="")
        self._writing = engine.execution_options(begin=BEGIN_WRITE[engine.dialect.name])

    @property
    def dialect(self) -> str:
        """Return ``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a read transaction: everything read in it is of one moment.

        :raises StoreUnavailable: if the database cannot be reached or read.
        """
        with translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def ask(self) -> Iterator[sa.Connection]:
        """Lend a connection for single questions: each is of a moment of its own, and no transaction costs anything.

        :raises StoreUnavailable: if the database cannot be reached or read.
        """
        with translated(), self._asking.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Open a write transaction; it is durable when the block ends, and undone when the block raises.

        :raises StoreUnavailable: if the database cannot be reached or written.
        """
        with translated(), ExitStack() as stack:
            if self.path is not None:
                stack.enter_context(self._turn)
                stack.enter_context(_locked(self.path))
            connection = stack.enter_context(self._writing.connect())
            stack.enter_context(connection.begin())
            yield connection

    @contextmanager
    def alone(self) -> Iterator[sa.PoolProxiedConnection]:
        """Lend an SQLite connection outside of any transaction while no other writer has its turn.

        :raises StoreUnavailable: if the file cannot be used.
        """
        assert self.path is not None
        with translated(), self._turn, _locked(self.path):
            connection = self.engine.raw_connection()
            try:
                yield connection
            except sqlite3.Error as error:
                raise StoreUnavailable(f"the database cannot be tidied just now: {error}") from error
            finally:
                connection.close()

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(url: str, *, pool_size: int = 8, silent_max_s: float | None = None) -> Database:
    """Open the engine of a database address; no connection is made yet.

    With `silent_max_s` a PostgreSQL that says nothing for so long counts as away: for those whom people wait for.

    :raises ConfigError: if the address is of another kind of database.
    """
    parsed = postgresql.parsed(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "")
        return Database(url, _sqlite_engine(path, pool_size), path)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        engine = postgresql.open_engine(parsed, pool_size, silent_max_s)
        sa.event.listen(engine, "begin", _begin)
        return Database(url, engine, None)
    raise ConfigError(f"DATABASE_URL: write sqlite:////absolute/path.db or postgresql://…, not {parsed.drivername}://…")


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the connection, the disk or a lock into StoreUnavailable; others pass."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
        raise StoreUnavailable(f"the database cannot be used just now: {_reason(error)}") from error
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable("the connection to the database was lost") from error
        if type(error) is sa.exc.DatabaseError:  # SQLite: not a database, or a damaged one
            raise StoreUnavailable(f"the database cannot be read: {_reason(error)}") from error
        raise


def _sqlite_engine(path: Path, pool_size: int) -> sa.Engine:
    # mode=rw: a missing database is an error, never a new empty one
    engine = sa.create_engine(
        f"sqlite:///file:{path}?mode=rw&uri=true", pool_size=pool_size, max_overflow=pool_size, pool_timeout=5,
        pool_use_lifo=True,  # the connection whose pages and statements are still at hand
    )  # fmt: skip

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are ours: see `_begin`
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    sa.event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: sa.Connection) -> None:
    """Begin a transaction, as drivers are told not to: a single question needs none (docs/decisions/0015)."""
    begin = connection.get_execution_options().get("begin", BEGIN_READ[connection.dialect.name])
    if begin:
        connection.exec_driver_sql(begin)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"the lock file beside the database cannot be opened: {error.strerror}") from error
    try:
        _take_turn(handle)
        yield
    finally:
        os.close(handle)  # closing gives the lock back, also when the process dies


def _take_turn(handle: int) -> None:
    # tried again and again, as a call that waits would stop every other request of a gevent process, and for ever
    until = time.monotonic() + TURN_MAX_S
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                message = f"another process has been writing for more than {TURN_MAX_S:.0f} s"
                raise StoreUnavailable(message) from error
            time.sleep(TURN_PAUSE_S)


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).splitlines()[0][:200] if str(cause) else type(cause).__name__
