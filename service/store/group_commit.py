"""Group commit: what waits is run in one durable transaction, each hot kind as a few set-based statements.

Under gunicorn's gevent worker requests are greenlets of one thread and the committer is one more of them: it runs when
they wait, takes all that is queued, and commits it. Elsewhere (commands, tests with threads) a lock takes its place.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import structlog

from service.errors import Busy
from service.store.database import Database
from service.store.waking import notify

BATCH_MAX = 256  # units in one transaction
TRIES_MAX = 3  # how often a unit that assumed wrong is decided again
GATE_WAIT_MAX_S = 2.0  # how long a unit whose gate is taken goes back to the queue
GATE_PAUSE_S = 0.02  # before it is tried again

GATE_TAKEN = object()  # a kind answers this for a unit whose campaign is just being closed

log = structlog.get_logger()


@dataclass(frozen=True)
class Kind:
    """How a kind of unit runs: many rows at once, in a fixed order of kinds and of keys.

    ``run`` gets a connection and rows sorted by ``key`` and returns a result for each, in order; an exception object
    refuses that row alone. It MUST be safe to run again, as a batch is repeated after a failure.
    """

    run: Callable[[sa.Connection, Sequence[Any]], list[Any]]
    key: Callable[[Any], str]


class Commits:
    """Runs batches of units of the given kinds, in the order in which the kinds are given."""

    def __init__(self, database: Database, kinds: dict[str, Kind]) -> None:
        self.database = database
        self.kinds = kinds
        self._order = {name: place for place, name in enumerate(kinds)}

    def commit(self, units: Sequence[tuple[str, Any]]) -> list[Any]:
        """Run units in one durable transaction and return their results in order.

        A unit that raises fails alone; it is an exception object in the results.

        :raises Busy: if the whole batch was lost: connection, disk, deadlock.
        """
        try:
            return self._together(units)
        except Busy:
            raise
        except Exception as error:
            log.warning("batch_split", units=len(units), error_class=type(error).__name__)
            return self._alone(units)

    def _together(self, units: Sequence[tuple[str, Any]]) -> list[Any]:
        results: list[Any] = [None] * len(units)
        with self.database.write() as connection:
            for kind, places in self._sorted(units):
                found = self.kinds[kind].run(connection, [units[i][1] for i in places])
                for place, result in zip(places, found, strict=True):
                    results[place] = result
            notify(connection)
        return results

    def _alone(self, units: Sequence[tuple[str, Any]]) -> list[Any]:
        results: list[Any] = [None] * len(units)
        with self.database.write() as connection:
            for kind, places in self._sorted(units):
                for place in places:
                    results[place] = self._behind_savepoint(connection, kind, units[place][1])
            notify(connection)
        return results

    def _behind_savepoint(self, connection: sa.Connection, kind: str, row: Any) -> Any:
        try:
            with connection.begin_nested():
                return self.kinds[kind].run(connection, [row])[0]
        except sa.exc.OperationalError:
            raise  # the connection or the disk: the whole batch is lost
        except Exception as error:
            return error

    def _sorted(self, units: Sequence[tuple[str, Any]]) -> list[tuple[str, list[int]]]:
        by_kind: dict[str, list[int]] = defaultdict(list)
        for place, (kind, _) in enumerate(units):
            by_kind[kind].append(place)
        for kind, places in by_kind.items():
            places.sort(key=lambda i: self.kinds[kind].key(units[i][1]))
        return sorted(by_kind.items(), key=lambda item: self._order[item[0]])


class Writer:
    """Takes units from request handlers and answers when they are durable. Subclasses say who carries the batch."""

    @property
    def waits(self) -> int:
        """Return how many units wait in a queue."""
        return 0

    @property
    def is_full(self) -> bool:
        """Return whether one more is refused."""
        return False

    def run(self, kind: str, row: Any) -> Any:
        """Run one unit and return its result after the durable commit.

        :raises Busy: if the queue is full or the batch was lost; what was sent may have been stored all the same.
        """
        result = self._carry(kind, row)
        if isinstance(result, BaseException):
            raise result
        return result

    def _carry(self, kind: str, row: Any) -> Any:
        raise TypeError("a Writer is a DirectWriter or a GreenWriter")


class DirectWriter(Writer):
    """Commits each unit by itself, one after the other: for commands and threads."""

    def __init__(self, commits: Commits) -> None:
        self.commits = commits
        self._pause = threading.Event()

    def _carry(self, kind: str, row: Any) -> Any:
        since = time.monotonic()
        while (result := self.commits.commit([(kind, row)])[0]) is GATE_TAKEN:
            if time.monotonic() - since > GATE_WAIT_MAX_S:
                raise Busy
            self._pause.wait(GATE_PAUSE_S)
        return result


@dataclass
class _Waiting:
    kind: str
    row: Any
    result: Any = field(default=None)
    since: float = field(default_factory=time.monotonic)


class GreenWriter(Writer):
    """A committer greenlet for one gevent worker process; started on first use, after the fork."""

    def __init__(self, commits: Commits, queue_max: int) -> None:
        self.commits = commits
        self.queue_max = queue_max
        self._queue: list[_Waiting] = []
        self._wake: Any = None
        self._gevent: Any = None

    @property
    def waits(self) -> int:
        """Return how many units wait in the queue."""
        return len(self._queue)

    @property
    def is_full(self) -> bool:
        """Return whether one more is refused."""
        return len(self._queue) >= self.queue_max

    def _carry(self, kind: str, row: Any) -> Any:
        from gevent.event import AsyncResult  # a server without gevent never comes here

        if self.is_full:
            raise Busy
        unit = _Waiting(kind, row, AsyncResult())
        self._queue.append(unit)
        self._started().set()
        return unit.result.get()

    def _started(self) -> Any:
        if self._wake is None:
            import gevent
            from gevent.event import Event

            self._gevent = gevent
            self._wake = Event()
            gevent.spawn(self._loop)
        return self._wake

    def _loop(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            self._gevent.sleep(0)  # every request that is ready adds its unit first
            while self._queue:
                batch, self._queue = self._queue[:BATCH_MAX], self._queue[BATCH_MAX:]
                self._answer(batch)
                self._gevent.sleep(0)

    def _answer(self, batch: list[_Waiting]) -> None:
        try:
            results = self.commits.commit([(unit.kind, unit.row) for unit in batch])
        except Exception as error:
            results = [error] * len(batch)
        for unit, result in zip(batch, results, strict=True):
            if result is not GATE_TAKEN:
                unit.result.set(result)
            elif time.monotonic() - unit.since > GATE_WAIT_MAX_S:
                unit.result.set(Busy())
            else:
                self._queue.append(unit)
        if any(result is GATE_TAKEN for result in results):
            self._gevent.sleep(GATE_PAUSE_S)
