"""What a supporter's own page shows, and what other rooms ask about signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.eventlog.signing import vkeys_in_use
from service.readmodel.tables import live
from service.signatures.own_rows import OwnRows, own_rows
from service.signatures.promise import promise_note
from service.signatures.rows import unsealed_record
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
    return view_of(own_rows(connection, mine_token), keys, vkeys_in_use(connection, "promise"))


def view_of(rows: OwnRows, keys: Keys, vkeys: tuple[str, ...]) -> MineView:
    """Return what rows show: the record unsealed, the promise signed by the newest of the keys of promises in use."""
    by, leaf = max(((by, bytes(leaf)) for by, leaf, _ in rows.forms if by and leaf), default=(0, b""))
    opened = unsealed_record(keys, rows.record) if rows.record else None
    return MineView(
        signature=rows.signature.id,
        campaign=rows.campaign.id,
        state=rows.signature.state,
        text=rows.signature.text,
        index=rows.entry,
        log_size=rows.log_size,
        promise=promise_note(keys, vkeys[-1], rows.signature.id, leaf, by) if leaf else None,
        leaf=leaf.decode() if leaf else None,
        record=_shown(opened.content) if opened else None,
        has_kept_opening=rows.has_kept_opening,
        reason=rows.reason,
        signed_again=any(outcome == "already" for _, _, outcome in rows.forms),
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


def _shown(content: dict[str, Any]) -> dict[str, Any]:
    """Return what a page shows of a record: the opening only on request, with its warning."""
    return {name: content.get(name) for name in ("name", "email", "country", "disclosure")}
