"""Many rows in one statement of a fixed text: on PostgreSQL one JSON parameter, on SQLite the driver's own loop.

A statement whose text grows with the batch is parsed and planned each time; rows sent one by one cost the client more
than the database (docs/decisions/0015).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Row = dict[str, Any]
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row], *, ignoring: bool = False) -> None:
    """Insert rows that name the same columns; `ignoring` leaves alone what is there under the same key."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_insert(table, tuple(rows[0]), ignoring), {"rows": _as_json(rows)})
    else:
        statement = sqlite.insert(table)
        connection.execute(statement.on_conflict_do_nothing() if ignoring else statement, rows)


def insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[Row], key: str) -> set[str]:
    """Insert rows of which some may be there already, and return the keys of those that were not."""
    if not rows:
        return set()
    if connection.dialect.name == "postgresql":
        return set(connection.execute(_insert(table, tuple(rows[0]), True, key), {"rows": _as_json(rows)}).scalars())
    statement = sqlite.insert(table).on_conflict_do_nothing().returning(table.c[key])
    return set(connection.execute(statement, rows).scalars())


def update_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row], key: str) -> None:
    """Set the columns that rows name, where `key` is theirs; on PostgreSQL the caller holds them locked in order."""
    if not rows:
        return
    changed = tuple(name for name in rows[0] if name != key)
    if connection.dialect.name == "postgresql":
        connection.execute(_update(table, changed, key), {"rows": _as_json(rows)})
        return
    statement = sa.update(table).where(table.c[key] == sa.bindparam("_key"))
    values: dict[str, Any] = {name: sa.bindparam(name) for name in changed}
    connection.execute(statement.values(values), [{"_key": row[key]} | {n: row[n] for n in changed} for row in rows])


def among(connection: sa.Connection, column: sa.Column[str], values: Iterable[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a column is one of these texts."""
    wanted = sorted(set(values))
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(wanted, postgresql.ARRAY(sa.Text)))
    return column.in_(wanted)


@lru_cache
def _insert(table: sa.Table, names: tuple[str, ...], ignoring: bool, returned: str = "") -> sa.TextClause:
    columns = ", ".join(names)
    conflict = " ON CONFLICT DO NOTHING" if ignoring else ""
    returning = f" RETURNING {returned}" if returned else ""
    return sa.text(
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {_given(table, names)}{conflict}{returning}"
    )


@lru_cache
def _update(table: sa.Table, changed: tuple[str, ...], key: str) -> sa.TextClause:
    values = ", ".join(f"{name} = given.{name}" for name in changed)
    given = _given(table, (key, *changed))
    return sa.text(f"UPDATE {table.name} SET {values} FROM {given} WHERE {table.name}.{key} = given.{key}")


def _given(table: sa.Table, names: tuple[str, ...]) -> str:
    typed = ", ".join(f"{name} {table.c[name].type.compile(_POSTGRESQL)}" for name in names)
    return f"json_to_recordset(CAST(:rows AS json)) AS given({typed})"


def _as_json(rows: Sequence[Row]) -> str:
    return json.dumps(rows, default=_bytea, ensure_ascii=False)


def _bytea(value: Any) -> str:
    return "\\x" + bytes(value).hex()  # PostgreSQL manual, 8.4.1: the hex format of bytea
