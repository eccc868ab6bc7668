"""The receipt: a proof that an entry is in the published log (C2SP tlog-proof; docs/log_format.md section 5)."""

from __future__ import annotations

import base64

import sqlalchemy as sa

from service.publishing.proofs import inclusion_proof
from service.publishing.shown import newest_shown
from service.readmodel.tables import live
from service.store.tables import event

HEAD = "c2sp.org/tlog-proof@v1"


def receipt_of(connection: sa.Connection, index: int) -> str | None:
    """Return the receipt of an entry under the checkpoint now shown, or nothing while none covers it."""
    published = newest_shown(connection)
    if published is None or index >= published.size:
        return None
    proof = "".join(f"{_b64(hashed)}\n" for hashed in inclusion_proof(connection, index, published.size))
    return f"{HEAD}\nextra {_b64(_leaf(connection, index))}\nindex {index}\n{proof}\n{published.note}"


def _leaf(connection: sa.Connection, index: int) -> bytes:
    joined = sa.select(event.c.state).join(live.leaf, live.leaf.c.position == event.c.id)
    return bytes(connection.execute(joined.where(live.leaf.c.leaf_index == index)).scalar_one())


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()
