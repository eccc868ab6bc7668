"""The exact rows of signatures, made again from the log after a restored backup was behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import sqlalchemy as sa

from service.eventlog.log import PetitionLog
from service.signatures.aggregate import Signature, apply
from service.signatures.events import SignatureEvent
from service.signatures.fingerprint import token
from service.signatures.rows import opened_pending
from service.store.tables import campaign, event, outbox, pending, waiting
from service.store.tables import signature as signature_table
from service.vault.campaign_keys import campaign_keys
from service.vault.keys import Keys


def restore_signatures(connection: sa.Connection, log: PetitionLog, ids: Iterable[str], unsealed: set[str]) -> int:
    """Write the row of each signature as its stream has it, and return how many; call inside `log.transaction()`.

    Signatures of a sealed campaign have no row. What waited and stands in the log by now waits no more.
    """
    written = 0
    for one in ids:
        stream = log.stream(one)
        state = Signature(one, "")
        for recorded in stream:
            state = apply(state, cast(SignatureEvent, recorded.event))
        state = Signature(**vars(state) | {"campaign": cast(SignatureEvent, stream[0].event).campaign})
        appended = waiting.c.version <= state.version
        connection.execute(sa.delete(waiting).where(waiting.c.signature == one, appended))
        connection.execute(sa.delete(signature_table).where(signature_table.c.id == one))
        if state.campaign in unsealed:
            connection.execute(sa.insert(signature_table).values(vars(state)))
            written += 1
    return written


def drop_used_forms(connection: sa.Connection, keys: Keys) -> int:
    """Delete forms whose signature stands in the log already, with their mail, and return how many.

    They were confirmed after the backup, and may have been erased since (PRIVACY.md section 5).
    """
    secrets = campaign_keys(connection, keys)
    unused = sa.select(pending).where(pending.c.kind == "sign", pending.c.signature.is_(None))
    used = []
    for row in connection.execute(unused).mappings().all():
        if row["campaign"] in secrets and row["wrapped_key"] is not None:
            norm = opened_pending(keys, row)["norm"]
            used.append((row["id"], token(secrets[row["campaign"]], row["campaign"], norm)))
    gone = [row_id for row_id, signed in used if _is_in_log(connection, signed)]
    connection.execute(sa.delete(outbox).where(outbox.c.pending.in_(gone)))
    connection.execute(sa.delete(pending).where(pending.c.id.in_(gone)))
    return len(gone)


def unsealed_campaigns(connection: sa.Connection) -> set[str]:
    """Return the campaigns whose signers are still known."""
    return set(connection.scalars(sa.select(campaign.c.id).where(campaign.c.state != "sealed")))


def _is_in_log(connection: sa.Connection, signature_id: str) -> bool:
    return connection.execute(sa.select(event.c.id).where(event.c.stream == signature_id).limit(1)).first() is not None
