"""What waits to be appended: finished leaves of signatures, and the appending of them."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from service.eventlog.log import PetitionLog
from service.store.tables import waiting

_random = secrets.SystemRandom()


def append_waiting(
    log: PetitionLog, connection: sa.Connection, campaign: str, limit: int | None = None, before: str | None = None
) -> int:
    """Append what waits for a campaign in random order and return how many; call inside `log.transaction()`.

    A signature's own events keep their order. At most `limit` are taken; with a day, only what was pressed `before` it.
    """
    chosen = sa.select(waiting).where(waiting.c.campaign == campaign)
    rows = list(connection.execute(chosen.limit(limit) if limit else chosen).mappings())
    if before is not None:
        rows = _pressed_before(before, rows)
    if not rows:
        return 0
    log.recorder.insert_events(
        [StoredEvent(r["signature"], r["version"], r["topic"], bytes(r["leaf"])) for r in _shuffled(rows)]
    )
    keys = [{"one": r["signature"], "at": r["version"]} for r in sorted(rows, key=_key)]
    gone = sa.delete(waiting).where(waiting.c.signature == sa.bindparam("one"), waiting.c.version == sa.bindparam("at"))
    connection.execute(gone, keys)
    return len(rows)


def _pressed_before(day: str, rows: list[sa.RowMapping]) -> list[sa.RowMapping]:
    """Return the rows with an earlier day, and what such a one follows: several clocks differ at midnight."""
    going: set[str] = set()
    found = []
    for row in sorted(rows, key=_key, reverse=True):
        if row["signature"] in going or json.loads(row["leaf"])["day"] < day:
            going.add(row["signature"])
            found.append(row)
    return found


def _key(row: sa.RowMapping) -> tuple[str, int]:
    return row["signature"], row["version"]


def _shuffled(rows: list[sa.RowMapping]) -> list[sa.RowMapping]:
    """Return the rows in random order, each signature's own by version."""
    by_signature: dict[str, list[sa.RowMapping]] = defaultdict(list)
    for row in sorted(rows, key=_key, reverse=True):
        by_signature[row["signature"]].append(row)
    _random.shuffle(rows)
    return [by_signature[row["signature"]].pop() for row in rows]
