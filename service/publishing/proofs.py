"""Proofs about the published log: that an entry is in it, and that a smaller log is a prefix of it (RFC 6962, 2.1)."""

from __future__ import annotations

import sqlalchemy as sa

from service.eventlog.merkle import node_hash, root_of
from service.publishing.shown import newest_shown
from service.publishing.tiles import WIDTH, Tile
from service.publishing.tree import hashes_of


def inclusion_proof(connection: sa.Connection, index: int, size: int) -> list[bytes]:
    """Return the hashes that lead from an entry to the root of a size, the entry's sibling first (RFC 6962, 2.1.1)."""
    low, high, found = 0, size, []
    while high - low > 1:
        middle = _split(low, high)
        if index < middle:
            found.append(_range_hash(connection, middle, high))
            high = middle
        else:
            found.append(_range_hash(connection, low, middle))
            low = middle
    return found[::-1]


def consistency_proof(connection: sa.Connection, old: int, size: int) -> list[bytes]:
    """Return the hashes that prove the first `old` entries a prefix of the first `size` (RFC 6962, 2.1.2).

    From nothing, and to the same size, the proof is empty.
    """
    low, high, found = 0, size, []
    while 0 < old != high:
        middle = _split(low, high)
        if old <= middle:
            found.append(_range_hash(connection, middle, high))
            high = middle
        else:
            found.append(_range_hash(connection, low, middle))
            low = middle
    if low > 0:
        found.append(_range_hash(connection, low, high))
    return found[::-1]


def proof_since(connection: sa.Connection, size: int) -> tuple[str, list[bytes]] | None:
    """Return the checkpoint now shown with the proof that a size is its beginning; nothing while none covers it."""
    published = newest_shown(connection)
    if published is None or published.size < size:
        return None
    return published.note, consistency_proof(connection, size, published.size)


def _split(low: int, high: int) -> int:
    return low + (1 << (high - low - 1).bit_length() - 1)


def _range_hash(connection: sa.Connection, low: int, high: int) -> bytes:
    """Return the root of the entries from `low` to before `high`; `low` is a multiple of the largest part's size."""
    count = high - low
    if count & (count - 1) == 0:  # a full subtree: at most 128 hashes of one tile
        level = (count.bit_length() - 1) // 8
        first, wanted = low >> (8 * level), count >> (8 * level)
        start = first % WIDTH
        return root_of(hashes_of(connection, Tile(level, first // WIDTH, start + wanted))[start:])
    middle = _split(low, high)
    return node_hash(_range_hash(connection, low, middle), _range_hash(connection, middle, high))
