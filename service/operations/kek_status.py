"""What `petition keys status` says of the key-encryption keys: of each, and whether a rotation is under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa

from service.operations.wrapped import WRAPPED
from service.store.database import Database
from service.vault.keys import Keys
from service.vault.rewrapping import keks_since


def kek_status(database: Database, keys: Keys) -> Iterator[str]:
    """Yield a line for each key-encryption key that the database or KEYS_DIR knows, and one if a rotation goes on."""
    with database.read() as connection:
        since, counts = keks_since(connection), _wrapped_under(connection)
    held = keys.keks.numbers()
    for number in sorted(held | set(since)):
        yield f"kek-{number}  {_said(number, since, held, counts[number])}"
    if len(since) > 1 or held - set(since):
        yield "a rotation is under way: `petition keys rewrap` goes on with it, or the worker"


def _said(number: int, since: dict[int, int], held: frozenset[int], count: int) -> str:
    if number not in held:
        if count:
            return f"is MISSING, and {count:,} keys are under it: put it back from its copy"
        return "has its number, and no file yet" if number == max(since) else "has no file, and nothing needs it"
    if number not in since:
        newer = number > max(since)
        return "is unknown to the database: run `petition prepare`" if newer else "is given up: its file goes next"
    if number == max(held):
        day = f" since {datetime.fromtimestamp(since[number], UTC).date()}" if since[number] else ""
        return f"seals what is new{day}; {count:,} keys are under it"
    return f"seals nothing new; {count:,} keys are under it yet"


def _wrapped_under(connection: sa.Connection) -> Counter[int]:
    found: Counter[int] = Counter()
    for each in WRAPPED:
        column = each.table.c.kek
        asked = sa.select(column, sa.func.count()).where(column.is_not(None)).group_by(column)
        found.update(dict(connection.execute(asked).tuples().all()))
    return found
