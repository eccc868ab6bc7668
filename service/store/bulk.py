"""Many rows in one statement of a fixed text: on PostgreSQL one JSON parameter, on SQLite the driver's own loop.

A statement whose text grows with the batch is parsed and planned each time; rows sent one by one cost the client more
than the database (docs/decisions/0015). Rows are of plain values: no column here has a conversion or a default of
SQLAlchemy's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Row = dict[str, Any]
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row], *, ignoring: bool = False) -> None:
    """Insert rows that name the same columns; `ignoring` leaves alone what is there under the same key."""
    if not rows:
        return
    names = tuple(rows[0])
    if connection.dialect.name == "postgresql":
        connection.execute(_insert(table, names, ignoring), {"rows": _as_json(rows)})
    else:
        connection.exec_driver_sql(_insert_each(table, names, ignoring), _values(rows, names))


def insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[Row], key: str) -> set[str]:
    """Insert rows of which some may be there already, and return the keys of those that were not.

    :raises TypeError: on SQLite for bytes, which its JSON does not hold.
    """
    if not rows:
        return set()
    names = tuple(rows[0])
    if connection.dialect.name == "postgresql":
        return set(connection.execute(_insert(table, names, True, key), {"rows": _as_json(rows)}).scalars())
    return set(connection.exec_driver_sql(_insert_returning(table, names, key), (json.dumps(rows),)).scalars())


def update_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row], key: str) -> None:
    """Set the columns that rows name, where `key` is theirs; on PostgreSQL the caller holds them locked in order."""
    if not rows:
        return
    changed = tuple(name for name in rows[0] if name != key)
    if connection.dialect.name == "postgresql":
        connection.execute(_update(table, changed, key), {"rows": _as_json(rows)})
    else:
        connection.exec_driver_sql(_update_each(table, changed, key), _values(rows, (*changed, key)))


def among(connection: sa.Connection, column: sa.Column[str], values: Iterable[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a column is one of these texts."""
    wanted = sorted(set(values))
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(wanted, postgresql.ARRAY(sa.Text)))
    given = sa.func.json_each(sa.literal(json.dumps(wanted))).table_valued("value")
    return column.in_(sa.select(given.c.value))


@lru_cache
def _insert_each(table: sa.Table, names: tuple[str, ...], ignoring: bool) -> str:
    conflict = " ON CONFLICT DO NOTHING" if ignoring else ""
    places = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places}){conflict}"


@lru_cache
def _insert_returning(table: sa.Table, names: tuple[str, ...], key: str) -> str:
    found = ", ".join(f"json_extract(value, '$.{name}')" for name in names)
    return (  # WHERE: or ON would belong to a join (SQLite, "UPSERT", 2.2 Parsing Ambiguity)
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {found} FROM json_each(?) WHERE true "
        f"ON CONFLICT DO NOTHING RETURNING {key}"
    )


@lru_cache
def _update_each(table: sa.Table, changed: tuple[str, ...], key: str) -> str:
    return f"UPDATE {table.name} SET {', '.join(f'{name} = ?' for name in changed)} WHERE {key} = ?"


def _values(rows: Sequence[Row], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


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
