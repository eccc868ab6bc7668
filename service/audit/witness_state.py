"""What a witness cosigned last, one row per origin, in an SQLite file that outlives a crash at any moment."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from service.audit.reading import Unreadable

BUSY_TIMEOUT_S = 5.0  # how long a request waits for another's transaction
_TABLE = """CREATE TABLE IF NOT EXISTS cosigned
    (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, time INTEGER NOT NULL, note TEXT NOT NULL)"""
_LAST = "SELECT size, root, time, note FROM cosigned WHERE origin = ?"
_STORE = "INSERT OR REPLACE INTO cosigned (origin, size, root, time, note) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint as it was cosigned: its size and root, when (POSIX seconds), and the note that the log signed."""

    size: int
    root: bytes
    time: int
    note: str


class WitnessState:
    """The file. Any number of threads and processes may use it: each answer is one transaction."""

    def __init__(self, path: Path) -> None:
        """Opens the file or makes it (mode 0600). :raises Unreadable: if it cannot be used."""
        self.path = path
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(self._open()) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(_TABLE)
        except OSError as error:
            raise Unreadable(f"The state {path} cannot be used: {error.strerror}.") from error
        except sqlite3.Error as error:
            raise Unreadable(f"The state {path} cannot be used: {error}.") from error

    def last(self, origin: str) -> Cosigned | None:
        """Gives what was cosigned last of an origin."""
        with closing(self._open()) as connection:
            return _last(connection, origin)

    def move(self, origin: str, decide: Callable[[Cosigned | None], Cosigned]) -> Cosigned:
        """Compares and stores in one transaction: `decide` gets the last one and gives the next, or raises.

        It is durable when this returns; nothing may be signed before.
        """
        with closing(self._open()) as connection:
            connection.execute("BEGIN IMMEDIATE")  # closing without COMMIT rolls back
            found = decide(_last(connection, origin))
            connection.execute(_STORE, (origin, found.size, found.root, found.time, found.note))
            connection.execute("COMMIT")
        return found

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        return connection


def _last(connection: sqlite3.Connection, origin: str) -> Cosigned | None:
    row = connection.execute(_LAST, (origin,)).fetchone()
    return Cosigned(*row) if row else None
