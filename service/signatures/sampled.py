"""What opens the entries that were drawn for an audit: the records that are still kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from service.eventlog.catalogue import decode
from service.readmodel.tables import live
from service.signatures.events import SignatureRecorded, SignatureRenewed
from service.signatures.rows import opened_record, opening_of
from service.store.tables import event
from service.vault.keys import Keys


def openings_of(connection: sa.Connection, keys: Keys, entries: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return by entry what opens it; of one whose person was erased, or has renewed since, nothing is kept that does.

    :raises LookupError: if an entry is none that a signature stands on.
    """
    found = {}
    for entry in entries:
        signed = _signed(connection, entry)
        kept = opened_record(connection, keys, signed.signature, signed.commitment)
        if kept is not None:
            found[entry] = opening_of(kept.content)
    return found


def _signed(connection: sa.Connection, entry: int) -> SignatureRecorded | SignatureRenewed:
    joined = sa.select(event.c.topic, event.c.state).join(live.leaf, live.leaf.c.position == event.c.id)
    row = connection.execute(joined.where(live.leaf.c.leaf_index == entry)).one_or_none()
    found = decode(row.topic, bytes(row.state)) if row is not None else None
    if not isinstance(found, SignatureRecorded | SignatureRenewed):
        raise LookupError(f"entry {entry} is none that a signature stands on")
    return found
