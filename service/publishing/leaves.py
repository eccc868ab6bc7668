"""The entries of the published log: the public events in store order, counted from 0, with their leaf hashes."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from service.eventlog.base import Entry
from service.eventlog.merkle import leaf_hash, root_of
from service.publishing.tiles import WIDTH, Tile
from service.publishing.tree import hashes_of
from service.readmodel.tables import ReadTables, live
from service.store.database import Database
from service.store.tables import event

PAGE = 5_000  # leaves read at a time


def apply(connection: sa.Connection, tables: ReadTables, entries: list[Entry], first_index: int) -> None:
    """Add a page of public events; `first_index` is the index of the first of them."""
    public = [entry for entry in entries if entry.is_public]
    rows = [
        {"leaf_index": first_index + i, "position": entry.position, "hash": leaf_hash(entry.leaf)}
        for i, entry in enumerate(public)
    ]
    if rows:
        connection.execute(sa.insert(tables.leaf), rows)
        _add_nodes(connection, tables, 0, first_index, first_index + len(rows))


def _add_nodes(connection: sa.Connection, tables: ReadTables, level: int, old: int, new: int) -> None:
    """Add the roots of the tiles of a level that became full, and so up."""
    full = range(old // WIDTH, new // WIDTH)
    rows = [
        {"level": level + 1, "node_index": i, "hash": root_of(hashes_of(connection, Tile(level, i), tables))}
        for i in full
    ]
    if rows:
        connection.execute(sa.insert(tables.node), rows)
        _add_nodes(connection, tables, level + 1, full.start, full.stop)


def leaves(database: Database) -> Iterator[bytes]:
    """Yield the exact bytes of every entry in index order, reading page by page: memory does not grow with the log."""
    joined = sa.select(live.leaf.c.leaf_index, event.c.state).join(event, event.c.id == live.leaf.c.position)
    after = -1
    while True:
        with database.read() as connection:
            page = joined.where(live.leaf.c.leaf_index > after).order_by(live.leaf.c.leaf_index).limit(PAGE)
            rows = connection.execute(page).all()
        if not rows:
            return
        for row in rows:
            yield bytes(row.state)
        after = rows[-1].leaf_index
