"""The library's recorder and mapper over our own table, sharing one transaction with any other table."""

from __future__ import annotations

import contextvars
from collections.abc import Sequence
from typing import Any, NoReturn

import sqlalchemy as sa
from eventsourcing.persistence import ApplicationRecorder, IntegrityError, Mapper, Notification, StoredEvent

from service.eventlog.base import Recorded
from service.eventlog.catalogue import decode, encode
from service.store.contradictions import refuse_contradicted
from service.store.database import Database
from service.store.tables import event

current: contextvars.ContextVar[sa.Connection | None] = contextvars.ContextVar("log_transaction", default=None)

_INSERT = sa.insert(event).returning(event.c.id, sort_by_parameter_order=True)
_LOCK = sa.text("LOCK TABLE event IN EXCLUSIVE MODE")
_STREAM = sa.text(
    "SELECT stream, version, topic, state FROM event "
    "WHERE stream = :stream AND version > :gt AND version <= :lte ORDER BY version LIMIT :most"
)
_AFTER = sa.text("SELECT id, stream, version, topic, state FROM event WHERE id > :after ORDER BY id LIMIT :most")
_NO_LIMIT = 2**31 - 1


class EventMapper(Mapper[str]):
    """Events to stored rows and back, by the closed catalogue: a log can never make us import a class."""

    def __init__(self) -> None:
        pass  # no transcoder, cipher or compressor: a leaf is the bytes that are stored

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the row of an event at its place."""
        fact = domain_event.event
        return StoredEvent(domain_event.originator_id, domain_event.originator_version, fact.topic, encode(fact))

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the event of a row. :raises LogDamaged: if it cannot be read."""
        return Recorded(
            str(stored_event.originator_id),
            stored_event.originator_version,
            decode(stored_event.topic, stored_event.state),
        )


class EventRecorder(ApplicationRecorder):
    """Appends in the running transaction if there is one; a second version of a stream is refused by the unique key."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append and return the positions.

        :raises IntegrityError: if a stream has that version already.
        :raises LogRolledBack: while the database is known to be older than what was published.
        """
        running = current.get()
        if running is not None:
            return self._insert(running, stored_events)
        with self.database.write() as connection:
            return self._insert(connection, stored_events)

    def _insert(self, connection: sa.Connection, stored: Sequence[StoredEvent]) -> Sequence[int]:
        lock_log(connection)
        refuse_contradicted(connection)
        rows = [
            {"stream": e.originator_id, "version": e.originator_version, "topic": e.topic, "state": e.state}
            for e in stored
        ]
        if not rows:
            return []
        try:
            return connection.execute(_INSERT, rows).scalars().all()
        except sa.exc.IntegrityError as error:
            raise IntegrityError(error) from error

    def select_events(
        self,
        originator_id: Any,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return a stream's events, oldest first unless `desc`."""
        bounds = {"stream": originator_id, "gt": gt or 0, "lte": lte or _NO_LIMIT, "most": limit or _NO_LIMIT}
        found = [StoredEvent(r[0], r[1], r[2], bytes(r[3])) for r in self._read(_STREAM, bounds)]
        return found[::-1] if desc else found

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return events in the order of the log."""
        after = (start or 0) - (1 if inclusive_of_start else 0)
        rows = self._read(_AFTER, {"after": after, "most": limit})
        found = [Notification(r[1], r[2], r[3], bytes(r[4]), id=r[0]) for r in rows]
        return [n for n in found if (stop is None or n.id <= stop) and (not topics or n.topic in topics)]

    def max_notification_id(self) -> int | None:
        """Return the newest position, or nothing for an empty log."""
        newest: int | None = self._read(sa.text("SELECT max(id) FROM event"), {})[0][0]
        return newest

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> NoReturn:
        """Refuse: readers page through the log, and a subscription would show them commits out of order."""
        raise TypeError("the log has no subscription: read it in pages")

    def _read(self, statement: sa.TextClause, bounds: dict[str, Any]) -> Sequence[Any]:
        running = current.get()
        if running is not None:
            return running.execute(statement, bounds).all()
        with self.database.read() as connection:
            return connection.execute(statement, bounds).all()


def lock_log(connection: sa.Connection) -> None:
    """Take the append lock until the transaction ends, so that positions are handed out in commit order."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
