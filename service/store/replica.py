"""A database for public pages: reads come from a replica, or from the primary while the replica is away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from service.errors import StoreUnavailable
from service.store.database import Database, open_database

AGAIN_S = 5.0  # how long a replica that did not answer is left alone


class Replica(Database):
    """Reads of a replica. What it shows may be behind, and says its own log size; nothing is decided by it."""

    def __init__(self, replica: Database, primary: Database) -> None:
        super().__init__(replica.url, replica.engine, replica.path)
        self._replica = replica
        self._primary = primary
        self._away_until = 0.0

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a read transaction on the replica if it can be reached, else on the primary.

        :raises StoreUnavailable: if neither can be reached.
        """
        with self._chosen().read() as connection:
            yield connection

    @contextmanager
    def ask(self) -> Iterator[sa.Connection]:
        """Lend a connection for single questions, of the replica or the primary as `read` does.

        :raises StoreUnavailable: if neither can be reached.
        """
        with self._chosen().ask() as connection:
            yield connection

    def _chosen(self) -> Database:
        return self._replica if self._can_be_reached() else self._primary

    def _can_be_reached(self) -> bool:
        if time.monotonic() < self._away_until:
            return False
        try:
            with self._replica.read():
                return True
        except StoreUnavailable:
            self._away_until = time.monotonic() + AGAIN_S
            return False


def open_replica(url: str, primary: Database, *, pool_size: int, silent_max_s: float | None = None) -> Database:
    """Return the database that public pages read: a replica's, or the primary where there is no address of one."""
    if not url:
        return primary
    return Replica(open_database(url, pool_size=pool_size, silent_max_s=silent_max_s), primary)
