"""PetitionLog: the one log of everything that happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from eventsourcing.application import Application
from eventsourcing.utils import Environment

from service.clock import day_of
from service.eventlog.base import Entry, Event, Recorded
from service.eventlog.catalogue import decode
from service.eventlog.event_store import EventMapper, EventRecorder, current, lock_log
from service.store.database import Database
from service.store.tables import log_head
from service.store.waking import notify


class PetitionLog(Application[str]):
    """The event log: streams of events in one order, appended in the same transaction as the rows that go with them."""

    name = "log"

    def __init__(self, database: Database) -> None:
        self.database = database
        super().__init__()

    def construct_env(self, name: str, env: Any = None) -> Environment:
        """Return the library's settings: its defaults, whatever the process's environment says."""
        return Environment(name, {})

    def construct_mapper(self) -> EventMapper:
        """Return our mapper with its closed catalogue."""
        return EventMapper()

    def construct_recorder(self) -> EventRecorder:
        """Return our recorder over the event table."""
        return EventRecorder(self.database)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Open a durable write transaction; inside it, `save` and `stream` use it.

        :raises StoreUnavailable: if the database cannot be written.
        """
        with self.database.write() as connection:
            token = current.set(connection)
            try:
                yield connection
                notify(connection)
            finally:
                current.reset(token)

    def stream(self, stream_id: str) -> list[Recorded]:
        """Return a stream's events in order. :raises LogDamaged: if one cannot be read."""
        return list(cast(Iterator[Recorded], self.events.get(stream_id)))

    def append(self, event: Event, version: int) -> None:
        """Append an event as the given version of its stream.

        :raises eventsourcing.persistence.IntegrityError: if the stream has that version already.
        """
        self.save(Recorded(event.stream, version, event))

    def day(self, connection: sa.Connection, now: datetime) -> str:
        """Return the day for an event that is not of a signature, and note it; takes the append lock.

        Days of such events never decrease, though the clocks of several machines may differ at midnight
        (docs/log_format.md section 7.3).
        """
        lock_log(connection)
        newest = connection.execute(sa.select(log_head.c.newest_day)).scalar_one_or_none()
        today = day_of(now)
        if newest is None:
            connection.execute(sa.insert(log_head).values(id=1, newest_day=today))
        elif newest < today:
            connection.execute(sa.update(log_head).values(newest_day=today))
        return today if newest is None or newest < today else newest

    def entries(self, after: int, limit: int) -> list[Entry]:
        """Return the next events after a position, in the order of the log.

        :raises LogDamaged: naming the first that cannot be read.
        """
        return [
            Entry(n.id, str(n.originator_id), n.originator_version, n.topic, n.state, decode(n.topic, n.state, n.id))
            for n in self.recorder.select_notifications(after, limit, inclusive_of_start=False)
        ]
