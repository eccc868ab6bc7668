"""Which signatures a sample audit opens: drawn by lot from the log and public randomness (docs/log_format.md 10)."""

from __future__ import annotations

import hashlib
from array import array
from itertools import groupby

import sqlalchemy as sa

from service.readmodel.tables import live
from service.signatures.events import SignatureRecorded, SignatureReinstated, SignatureRenewed
from service.store.tables import event

DOMAIN = b"petition-audit/v1\0"
PAGE = 5_000  # rows read at a time
_STANDS_ON = {str(kind.__struct_config__.tag) for kind in (SignatureRecorded, SignatureRenewed)}
_ACTIVE = _STANDS_ON | {str(SignatureReinstated.__struct_config__.tag)}


def population(connection: sa.Connection, campaign: str, size: int) -> array[int]:
    """Return the entries that a campaign's active signatures stood on at a size of the log, in order.

    Reads each signature's events one after the other: 8 bytes of memory a signature, whatever the log's length. The
    read models must have followed the log up to that size, as they have for every checkpoint.
    """
    signed, leaf, found = live.signed, live.leaf, array("Q")
    events = (
        sa.select(signed.c.id, event.c.topic, leaf.c.leaf_index)
        .join(event, event.c.stream == signed.c.id)
        .join(leaf, leaf.c.position == event.c.id)
        .where(signed.c.campaign == campaign, leaf.c.leaf_index < size)
        .order_by(signed.c.id, event.c.version)
        .execution_options(yield_per=PAGE)
    )
    for _, steps in groupby(connection.execute(events), key=lambda row: row.id):
        stands_on, topic = 0, ""
        for _, topic, index in steps:
            stands_on = index if topic in _STANDS_ON else stands_on
        if topic in _ACTIVE:
            found.append(stands_on)
    return array("Q", sorted(found))


def draw(checkpoint: str, randomness: bytes, population: int, size: int) -> list[int]:
    """Return the positions in a population that are drawn, in the order in which they are.

    ``checkpoint`` is its three lines, ``randomness`` the beacon's 32 bytes.

    :raises ValueError: if more would be drawn than there are, or the randomness is of another length.
    """
    if not 0 <= size <= population or len(randomness) != 32:
        raise ValueError(f"cannot draw {size} of {population} by {len(randomness)} random bytes")
    head = hashlib.sha256(DOMAIN + checkpoint.encode() + randomness)
    below = 2**256 - 2**256 % population if population else 0
    drawn: dict[int, None] = {}  # in order, each once
    step = 0
    while len(drawn) < size:
        each = head.copy()
        each.update(step.to_bytes(8, "big"))
        number = int.from_bytes(each.digest(), "big")
        if number < below:
            drawn[number % population] = None
        step += 1
    return list(drawn)
