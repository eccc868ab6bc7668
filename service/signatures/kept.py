"""The sealed records of a campaign's supporters, opened one after the other for those who count them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from service.readmodel.tables import live
from service.store.tables import event, record
from service.vault.keys import Keys
from service.vault.sealing import record_associated, unseal, unwrap

ROWS_AT_ONCE = 1_000  # sealed records in memory


class _Leaf(msgspec.Struct):
    """What is wanted of the entry that a signature stands on."""

    commitment: str


_leaf = msgspec.json.Decoder(_Leaf)


def kept_records(
    connection: sa.Connection, keys: Keys, campaign: str, texts: set[str] | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the entry of each active signature (if given: that names one of these texts) with the record behind it.

    A record counts only if the entry commits to it: one of a signature that was renewed and still waits for the
    recorder belongs to a later size.

    :raises service.vault.sealing.SealBroken: if a record was altered.
    """
    signed, leaf = live.signed, live.leaf
    chosen = (
        sa.select(
            signed.c.id, signed.c.entry, event.c.state, record.c.commitment, record.c.kek, record.c.wrapped_key,
            record.c.sealed,
        )
        .join(record, record.c.signature == signed.c.id)
        .join(leaf, leaf.c.leaf_index == signed.c.entry)
        .join(event, event.c.id == leaf.c.position)
        .where(signed.c.campaign == campaign, signed.c.state == "active")
    )  # fmt: skip
    if texts is not None:
        chosen = chosen.where(signed.c.text.in_(texts))
    with connection.execute(chosen.execution_options(yield_per=ROWS_AT_ONCE)) as rows:
        for row in rows:
            if _leaf.decode(row.state).commitment == row.commitment:
                associated = record_associated(campaign, row.id, row.commitment)
                yield row.entry, unseal(unwrap(keys, row.kek, row.wrapped_key, associated), row.sealed, associated)
