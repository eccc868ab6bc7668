"""Rebuilding the read models from the log, beside the ones in use, and swapping them at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from service.eventlog.event_store import lock_log
from service.eventlog.log import PetitionLog
from service.readmodel.runner import Projection, Runner
from service.readmodel.tables import LIVE, REBUILD, ReadTables, live, read_tables
from service.store.tables import event

PAGE = 5_000  # events in one transaction


def rebuild(log: PetitionLog, projections: Sequence[Projection], progress: Callable[[int, int], None]) -> int:
    """Build all read models anew while the old ones serve, swap them in one transaction, and return the log size.

    `progress` is told positions done and positions in all. What was left by a rebuild that died is thrown away.
    """
    beside = sa.MetaData()
    tables = read_tables(beside, REBUILD)
    with log.database.write() as connection:
        beside.drop_all(connection)
        beside.create_all(connection)
    runner = Runner(log, projections, tables)
    done = 0
    while count := runner.run_once(PAGE):
        done += count
        progress(done, max(done, _events(log)))
    return _swap(log, runner, tables)


def _events(log: PetitionLog) -> int:
    with log.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(event)).scalar_one())


def _swap(log: PetitionLog, runner: Runner, tables: ReadTables) -> int:
    with log.transaction() as connection:
        lock_log(connection)  # nothing can come between the last page and the swap
        while runner.apply_page(connection, PAGE):
            pass
        size = int(connection.execute(sa.select(tables.progress.c.log_size)).scalar() or 0)
        for old, new in zip(live.all(), tables.all(), strict=True):
            connection.execute(sa.text(f"DROP TABLE {old.name}"))
            connection.execute(sa.text(f"ALTER TABLE {new.name} RENAME TO {LIVE + new.name.removeprefix(REBUILD)}"))
    return size
