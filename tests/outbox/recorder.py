"""A way out for mail that remembers what it took."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from service.outbox.delivery import Transport
from service.outbox.queue import Line, Message, list_outbox
from service.store.database import Database


class Recorder(Transport):
    """A way out that remembers, and runs what a test gives it before each message."""

    def __init__(self, before: Callable[[Message], None] = lambda message: None) -> None:
        super().__init__()
        self.before = before
        self.took: list[Message] = []

    def deliver(self, message: Message, now: datetime) -> None:
        self.before(message)
        self.took.append(message)


def lines(database: Database) -> list[Line]:
    """Return what an operator sees of the outbox."""
    with database.read() as connection:
        return list_outbox(connection)
