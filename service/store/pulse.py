"""The pulse of a process: it speaks on connections that are held, so that their silence means it stands still."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
import sqlalchemy as sa

BEAT_S = 3.0


class Pulse:
    """One thread for all connections of a process; it begins when the first is held."""

    def __init__(self, every_s: float = BEAT_S) -> None:
        self._every_s = every_s
        self._held: dict[psycopg.Connection, threading.Lock] = {}
        self._changes = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def of(self, connection: sa.Connection) -> Iterator[None]:
        """Speak on a connection that nobody else uses while the block runs."""
        raw = connection.connection.driver_connection
        assert raw is not None
        in_use = threading.Lock()
        with self._changes:
            self._held[raw] = in_use
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._changes:
                del self._held[raw]
            with in_use:  # what is being said is said
                pass

    def _beat(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._every_s):
            with self._changes:
                held = list(self._held.items())
            for connection, in_use in held:
                with in_use:
                    if self._held.get(connection) is in_use:  # not given back meanwhile
                        with suppress(psycopg.Error):  # it is lost, and whoever holds it will see
                            connection.execute("SELECT 1")


PULSE = Pulse()
