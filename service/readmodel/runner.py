"""The runner: applies the log to the read models, page by page, rows and position in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from service.errors import LogRolledBack
from service.eventlog.base import Entry
from service.eventlog.log import PetitionLog
from service.readmodel.tables import ReadTables, live
from service.store.tables import event

PAGE = 1_000  # events in one transaction while serving; a rebuild takes more

Projection = Callable[[sa.Connection, ReadTables, list[Entry], int], None]
"""Applies a page of entries; the number is the leaf index of the first public one. Writes rows, no position."""


class Runner:
    """Follows the log for a set of projections that share one position."""

    def __init__(self, log: PetitionLog, projections: Sequence[Projection], tables: ReadTables = live) -> None:
        self.log = log
        self.projections = projections
        self.tables = tables

    def run_once(self, limit: int = PAGE) -> int:
        """Apply the next page and return how many events it had.

        :raises LogRolledBack: if the log ends below what was applied.
        :raises LogDamaged: if an entry cannot be read.
        """
        with self.log.transaction() as connection:  # a second runner waits here, then finds the position moved
            return self.apply_page(connection, limit)

    def apply_page(self, connection: sa.Connection, limit: int) -> int:
        """Apply the next page inside a running `log.transaction()`."""
        position, log_size = self._progress(connection)
        entries = self.log.entries(position, limit)
        if not entries:
            self._check_end(connection, position)
            return 0
        for projection in self.projections:
            projection(connection, self.tables, entries, log_size)
        public = sum(entry.is_public for entry in entries)
        moved = {"position": entries[-1].position, "log_size": log_size + public}
        connection.execute(sa.update(self.tables.progress).values(moved))
        return len(entries)

    def has_more(self) -> bool:
        """Return whether the log has events that were not applied; takes no lock."""
        with self.log.database.read() as connection:
            position = connection.execute(sa.select(self.tables.progress.c.position)).scalar() or 0
            newest = connection.execute(sa.select(sa.func.max(event.c.id))).scalar() or 0
        return bool(newest != position)

    def catch_up(self, limit: int = PAGE) -> int:
        """Apply all that is there and return how many events."""
        total = 0
        while count := self.run_once(limit):
            total += count
        return total

    def _progress(self, connection: sa.Connection) -> tuple[int, int]:
        chosen = sa.select(self.tables.progress.c.position, self.tables.progress.c.log_size).with_for_update()
        row = connection.execute(chosen).one_or_none()
        if row is None:
            connection.execute(sa.insert(self.tables.progress).values(id=1, position=0, log_size=0))
            return 0, 0
        return row.position, row.log_size

    def _check_end(self, connection: sa.Connection, position: int) -> None:
        newest = connection.execute(sa.select(sa.func.max(event.c.id))).scalar() or 0
        if newest < position:
            raise LogRolledBack(
                f"the log ends at position {newest}, but {position} was applied before: "
                "the database was rolled back or damaged; restore it before anything is recorded"
            )
