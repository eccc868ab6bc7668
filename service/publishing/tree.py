"""The tree of the log as the database holds it: leaf hashes, and the roots of full tiles above them."""

from __future__ import annotations

import sqlalchemy as sa

from service.eventlog.merkle import node_hash, root_of
from service.publishing.tiles import ENTRIES, WIDTH, Tile
from service.readmodel.tables import ReadTables, live
from service.store.tables import event


class TileMissing(LookupError):
    """The database does not hold all that a tile is made of."""


def hashes_of(connection: sa.Connection, tile: Tile, tables: ReadTables = live) -> list[bytes]:
    """Return the hashes of a tile: hash i of tile (L, N) is the root of the leaves below it.

    :raises TileMissing: if the log is not so long.
    """
    first, last = tile.index * WIDTH, tile.index * WIDTH + tile.width - 1
    if tile.level == 0:
        column, chosen = tables.leaf.c.leaf_index, sa.select(tables.leaf.c.hash)
    else:
        column = tables.node.c.node_index
        chosen = sa.select(tables.node.c.hash).where(tables.node.c.level == tile.level)
    rows = connection.execute(chosen.where(column.between(first, last)).order_by(column)).scalars().all()
    if len(rows) != tile.width:
        raise TileMissing(tile.path)
    return [bytes(row) for row in rows]


def content_of(connection: sa.Connection, tile: Tile) -> bytes:
    """Return a tile's bytes: its hashes, or for an entry bundle each entry after its length (uint16, big-endian).

    :raises TileMissing: if the log is not so long.
    """
    if tile.level != ENTRIES:
        return b"".join(hashes_of(connection, tile))
    first = tile.index * WIDTH
    index = live.leaf.c.leaf_index
    joined = sa.select(event.c.state).join(live.leaf, live.leaf.c.position == event.c.id)
    rows = (
        connection.execute(joined.where(index.between(first, first + tile.width - 1)).order_by(index)).scalars().all()
    )
    if len(rows) != tile.width:
        raise TileMissing(tile.path)
    return b"".join(len(row).to_bytes(2, "big") + bytes(row) for row in rows)


def root_at(connection: sa.Connection, size: int) -> bytes:
    """Return the root of the first `size` entries, reading at most 255 hashes a level.

    :raises TileMissing: if the log is not so long.
    """
    return root_of_blocks(partial_levels(connection, size))


def partial_levels(connection: sa.Connection, size: int) -> list[list[bytes]]:
    """Return, from level 0 up, the hashes that a log of this size has in its partial tile of each level."""
    levels = []
    level = 0
    while size >> (8 * level):
        width = (size >> (8 * level)) % WIDTH
        tile = Tile(level, (size >> (8 * level)) // WIDTH, width)
        levels.append(hashes_of(connection, tile) if width else [])
        level += 1
    return levels


def root_of_blocks(levels: list[list[bytes]]) -> bytes:
    """Return the root of a tree given by the full blocks of each level that are in no full tile above.

    The blocks of a level are larger than all below together, so the tree joins them from the smallest up (RFC 6962
    section 2.1: a tree splits at the largest power of two).
    """
    found: bytes | None = None
    for hashes in levels:
        for block in _powers_of_two(hashes):
            found = block if found is None else node_hash(block, found)
    return root_of([]) if found is None else found


def _powers_of_two(hashes: list[bytes]) -> list[bytes]:
    """Return the roots of the full subtrees that a partial tile splits into, smallest (last) first."""
    roots = []
    start = 0
    for bit in reversed(range(8)):
        if len(hashes) & (1 << bit):
            roots.append(root_of(hashes[start : start + (1 << bit)]))
            start += 1 << bit
    return roots[::-1]
