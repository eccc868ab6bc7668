"""What is left of the signers when an appeal is sealed: nothing but log, archive, evidence and read models."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from service.store.mail_tables import subscriber
from service.store.tables import (
    audit_sample,
    erased_count,
    mine,
    outbox,
    pending,
    record,
    recorder_tick,
    renewal,
    signature,
)
from service.vault.annexes import forget_annexes


def forget_signers(connection: sa.Connection, campaign: str, after: str, at_most: int) -> str | None:
    """Delete records with their keys, own links and states of an appeal's signers (DESIGN.md section 3).

    Takes at most so many signatures, those after an id in order, and returns the last; when no more are left it deletes
    what belongs to no single one and returns nothing.
    """
    chosen = sa.select(signature.c.id).where(signature.c.campaign == campaign, signature.c.id > after)
    ids: Sequence[str] = connection.scalars(chosen.order_by(signature.c.id).limit(at_most)).all()
    if not ids:
        _forget_campaign(connection, campaign)
        return None
    span = (after, ids[-1])  # by range, so that no statement takes thousands of parameters
    for table, column in ((mine, mine.c.signature), (record, record.c.signature), (signature, signature.c.id)):
        within = (column > span[0]) & (column <= span[1])
        connection.execute(sa.delete(table).where(table.c.campaign == campaign, within))
    return ids[-1]


def _forget_campaign(connection: sa.Connection, campaign: str) -> None:
    for sealing in (pending, subscriber):
        ids = sa.select(sealing.c.id).where(sealing.c.campaign == campaign)
        connection.execute(sa.delete(outbox).where(outbox.c.pending.in_(ids)))
    for table in (pending, subscriber, mine, record, renewal, audit_sample, erased_count, recorder_tick):
        connection.execute(sa.delete(table).where(table.c.campaign == campaign))
    forget_annexes(connection, campaign)
