"""Waking the worker: NOTIFY in the transaction that leaves it something to do (PostgreSQL), an alarm in its process.

A notification only wakes: what is to do stands in the tables, and the worker looks there by itself now and then.
"""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import sqlalchemy as sa

from service.store.database import Database
from service.store.postgresql import CLIENT_KEEPALIVE, CONNECT_MAX_S, libpq_address

CHANNEL = "undersigned"
LOOK_UP_S = 1.0  # how soon a listener sees that it shall stop
LIMITS: dict[str, Any] = {"connect_timeout": CONNECT_MAX_S, **CLIENT_KEEPALIVE}
AGAIN_S = 5.0  # before a listener whose connection was lost asks for another
_NOTIFY = sa.text(f"SELECT pg_notify('{CHANNEL}', '')")


class Alarm:
    """Wakes those who wait, each once a ring; who comes later finds the ring already heard."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self.rings = 0

    def ring(self) -> None:
        """Wake all who wait."""
        with self._rung:
            self.rings += 1
            self._rung.notify_all()

    def wait(self, seconds: float, heard: int) -> int:
        """Wait for a ring after the `heard`-th, or for so many seconds; return how often it has rung."""
        with self._rung:
            self._rung.wait_for(lambda: self.rings > heard, seconds)
            return self.rings


def notify(connection: sa.Connection) -> None:
    """Wake the workers once this transaction is durable; on SQLite they look often enough by themselves."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY)


def listen(database: Database, alarm: Alarm, stop: threading.Event) -> None:
    """Ring the alarm at each notification until `stop` is set; a lost connection is opened again."""
    address = libpq_address(database.engine.url)
    while not stop.is_set():
        try:
            with psycopg.connect(address, autocommit=True, **LIMITS) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                alarm.ring()  # what was notified while nobody listened
                _hear(connection, alarm, stop)
        except psycopg.Error:
            stop.wait(AGAIN_S)  # meanwhile the worker looks by itself


def _hear(connection: psycopg.Connection[tuple[object, ...]], alarm: Alarm, stop: threading.Event) -> None:
    while not stop.is_set():
        for _ in connection.notifies(timeout=LOOK_UP_S, stop_after=1):  # raises if the connection is lost
            alarm.ring()
