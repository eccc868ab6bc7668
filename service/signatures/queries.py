"""What a supporter's own page shows, and what other rooms ask about signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.readmodel.tables import live
from service.signatures.promise import promise_note
from service.signatures.rows import find_mine, load_signature, opened_record
from service.store.tables import pending
from service.vault.keys import Keys


@dataclass(frozen=True)
class MineView:
    """A supporter's signature as their own page shows it."""

    signature: str
    campaign: str
    state: str  # active withdrawn invalidated
    text: str
    index: int | None  # of the entry in the log that it stands on; none while it waits
    log_size: int
    promise: str | None  # the signed note, for as long as the link lives
    leaf: str | None
    record: dict[str, Any] | None  # what is kept of the person, if anything
    has_kept_opening: bool
    reason: str  # why it was found to be false, once the log says so; "" otherwise
    signed_again: bool  # somebody with the mailbox confirmed once more, which changed nothing


def mine_view(connection: sa.Connection, keys: Keys, mine_token: str) -> MineView:
    """Return what the page behind a supporter's own link shows. :raises LinkUnknown: if it is unknown or erased."""
    row = find_mine(connection, mine_token)
    signature = load_signature(connection, row["signature"])
    signed = connection.execute(sa.select(live.signed).where(live.signed.c.id == signature.id)).mappings().one_or_none()
    promised = _promised(connection, signature.id)
    opened = opened_record(connection, keys, signature.id)
    return MineView(
        signature=signature.id,
        campaign=row["campaign"],
        state=signature.state,
        text=signature.text,
        index=signed["entry"] if signed and signed["text"] == signature.text else None,  # else it waits anew
        log_size=connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0,
        promise=_note(connection, keys, signature.id, promised),
        leaf=bytes(promised["promise_leaf"]).decode() if promised else None,
        record=_shown(opened.content) if opened else None,
        has_kept_opening=row["kept_opening"] is not None,
        reason=signed["reason"] if signed and (signed["state"], signature.state) == ("invalidated",) * 2 else "",
        signed_again=_signed_again(connection, signature.id),
    )


def signature_entry(connection: sa.Connection, signature_id: str) -> tuple[int, str] | None:
    """Return the index of the entry a signature stands on and its state in the log, or nothing."""
    row = connection.execute(sa.select(live.signed).where(live.signed.c.id == signature_id)).mappings().one_or_none()
    return (row["entry"], row["state"]) if row else None


def exported(view: MineView, record: dict[str, Any] | None) -> dict[str, Any]:
    """Return everything that is held about a supporter, as the JSON of their own export (GDPR art. 15 and 20)."""
    return {
        "signature": view.signature,
        "campaign": view.campaign,
        "state": view.state,
        "text": view.text,
        "entry": view.index,
        "log_size": view.log_size,
        "promise": view.promise,
        "leaf": view.leaf,
        "record": record,
    }


def _promised(connection: sa.Connection, signature_id: str) -> sa.RowMapping | None:
    chosen = sa.select(pending).where(pending.c.signature == signature_id, pending.c.promise_leaf.is_not(None))
    return connection.execute(chosen.order_by(pending.c.promise_by.desc())).mappings().first()


def _signed_again(connection: sa.Connection, signature_id: str) -> bool:
    chosen = sa.select(pending.c.id).where(pending.c.signature == signature_id, pending.c.outcome == "already")
    return connection.execute(chosen).first() is not None


def _note(connection: sa.Connection, keys: Keys, signature_id: str, promised: sa.RowMapping | None) -> str | None:
    if promised is None:
        return None
    return promise_note(connection, keys, signature_id, bytes(promised["promise_leaf"]), promised["promise_by"])


def _shown(content: dict[str, Any]) -> dict[str, Any]:
    """Return what a page shows of a record: the opening only on request, with its warning."""
    return {name: content.get(name) for name in ("name", "email", "country", "disclosure")}
