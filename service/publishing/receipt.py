"""The receipt: a proof that an entry is in the published log (C2SP tlog-proof; docs/log_format.md section 5)."""

from __future__ import annotations

import base64

import sqlalchemy as sa

from service.eventlog.merkle import node_hash, root_of
from service.publishing.checkpoint import newest
from service.publishing.tiles import WIDTH, Tile
from service.publishing.tree import hashes_of
from service.readmodel.tables import live
from service.store.tables import event

HEAD = "c2sp.org/tlog-proof@v1"


def receipt_of(connection: sa.Connection, index: int) -> str | None:
    """Return the receipt of an entry under the newest checkpoint, or nothing while no checkpoint covers it."""
    published = newest(connection)
    if published is None or index >= published.size:
        return None
    proof = "".join(f"{_b64(hashed)}\n" for hashed in inclusion_proof(connection, index, published.size))
    return f"{HEAD}\nextra {_b64(_leaf(connection, index))}\nindex {index}\n{proof}\n{published.note}"


def inclusion_proof(connection: sa.Connection, index: int, size: int) -> list[bytes]:
    """Return the hashes that lead from an entry to the root of a size, the entry's sibling first (RFC 6962, 2.1.1)."""
    low, high, found = 0, size, []
    while high - low > 1:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if index < middle:
            found.append(_range_hash(connection, middle, high))
            high = middle
        else:
            found.append(_range_hash(connection, low, middle))
            low = middle
    return found[::-1]


def _range_hash(connection: sa.Connection, low: int, high: int) -> bytes:
    """Return the root of the entries from `low` to before `high`; `low` is a multiple of the largest part's size."""
    count = high - low
    if count & (count - 1) == 0:  # a full subtree: at most 128 hashes of one tile
        level = (count.bit_length() - 1) // 8
        first, wanted = low >> (8 * level), count >> (8 * level)
        start = first % WIDTH
        return root_of(hashes_of(connection, Tile(level, first // WIDTH, start + wanted))[start:])
    middle = low + (1 << (count - 1).bit_length() - 1)
    return node_hash(_range_hash(connection, low, middle), _range_hash(connection, middle, high))


def _leaf(connection: sa.Connection, index: int) -> bytes:
    joined = sa.select(event.c.state).join(live.leaf, live.leaf.c.position == event.c.id)
    return bytes(connection.execute(joined.where(live.leaf.c.leaf_index == index)).scalar_one())


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()
