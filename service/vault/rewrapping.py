"""Wrapping data keys anew under the newest key-encryption key, in short transactions of sorted rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.errors import PetitionError
from service.store.bulk import among, update_rows
from service.store.database import Database
from service.store.tables import kek as kek_table
from service.vault.keys import Keys
from service.vault.sealing import SealBroken, unwrap, wrap

BATCH = 100  # rows in one transaction: some milliseconds in which others wait on SQLite


class NotRewrapped(PetitionError):
    """What is wrapped in a row cannot be opened."""

    code, status = "not-rewrapped", 500


@dataclass(frozen=True)
class Wrapped:
    """A table whose rows hold a key that is wrapped under key-encryption key number `kek`, and in which column.

    Its primary key is one column. `associated` returns the associated data under which a row's key was wrapped.
    """

    table: sa.Table
    column: str
    associated: Callable[[sa.RowMapping], bytes]

    @property
    def key(self) -> sa.Column[Any]:
        """Return the primary key."""
        (found,) = self.table.primary_key.columns
        return found


def rewrap_batch(database: Database, keys: Keys, wrapped: Wrapped, number: int, after: str) -> tuple[int, str]:
    """Wrap the next rows behind `after` under key number `number`; return how many were and the last row looked at.

    They are looked for and wrapped before anybody has to wait: the write transaction holds what did not change since.
    Rows that another transaction holds or changed are passed over: the next round finds them. After the last row it
    returns "".

    :raises KeyMissing: if the old or the new key is not there.
    :raises NotRewrapped: naming the row that cannot be opened. Nothing of its batch was changed.
    """
    with database.ask() as connection:
        rows = connection.execute(_next_rows(database, wrapped, number, after)).mappings().all()
    if not rows:
        return 0, ""
    name = wrapped.key.name
    made = [_rewrapped(keys, wrapped, row, number) for row in rows]
    was = {row[name]: row[wrapped.column] for row in rows}
    with database.write() as connection:
        held = sa.select(wrapped.key, wrapped.table.c[wrapped.column]).where(among(connection, wrapped.key, was))
        found = connection.execute(held.order_by(wrapped.key).with_for_update(skip_locked=True)).tuples()
        same = {row for row, value in found if value == was[row]}
        update_rows(connection, wrapped.table, [row for row in made if row[name] in same], name)
    return len(same), str(rows[-1][name])


def _next_rows(database: Database, wrapped: Wrapped, number: int, after: str) -> sa.Select[Any]:
    """Return the question for the next rows.

    SQLite finds those under older keys by an index, in the order in which they lie in the file: a batch changes few
    pages, and a wrapped row is found no more. PostgreSQL, which would have to change every index of a row then, goes
    through them by their primary key.
    """
    table, column = wrapped.table, wrapped.table.c[wrapped.column]
    shown = [each for each in table.c if each is column or not isinstance(each.type, sa.LargeBinary)]
    chosen = sa.select(*shown).where(table.c.kek < number).limit(BATCH)
    if database.dialect == "sqlite":
        return chosen.order_by(table.c.kek, sa.literal_column(f"{table.name}.rowid"))
    return chosen.where(wrapped.key > after).order_by(wrapped.key)


def keks_needed(connection: sa.Connection, tables: Iterable[Wrapped]) -> set[int]:
    """Return the numbers of the key-encryption keys without which some row could not be opened."""
    chosen = (sa.select(each.table.c.kek).where(each.table.c.kek.is_not(None)) for each in tables)
    return set(connection.execute(sa.union(*chosen)).scalars())


def keks_since(connection: sa.Connection) -> dict[int, int]:
    """Return the key-encryption keys that may be in use, and since when (POSIX seconds; 0: before that was kept)."""
    return dict(connection.execute(sa.select(kek_table.c.number, kek_table.c.since)).tuples().all())


def _rewrapped(keys: Keys, wrapped: Wrapped, row: sa.RowMapping, number: int) -> dict[str, Any]:
    associated, was = wrapped.associated(row), row[wrapped.column]
    try:
        data_key = unwrap(keys, row["kek"], was, associated)
    except SealBroken as error:
        name = f"{wrapped.table.name} {row[wrapped.key.name]}"
        raise NotRewrapped(f"What is wrapped in {name} cannot be opened: put it back or delete that row") from error
    made, now = wrap(keys, data_key, associated)
    if made != number:
        raise NotRewrapped(f"The newest key is kek-{made}, not kek-{number}: begin again")
    return {wrapped.key.name: row[wrapped.key.name], "kek": number, wrapped.column: now}
