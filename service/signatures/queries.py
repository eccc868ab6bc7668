"""What a supporter's own page shows, and what other rooms ask about signatures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from service.campaigns.queries import CampaignView
from service.eventlog.signing import vkeys_in_use
from service.readmodel.standing import corrected_into
from service.readmodel.tables import live
from service.signatures.commands import NAMED
from service.signatures.own_rows import OwnRows, own_rows
from service.signatures.promise import promise_note
from service.signatures.rows import unsealed_record
from service.store.tables import event, record
from service.store.tables import signature as signature_table
from service.vault.annexes import Member, standing_members
from service.vault.commitments import Opening, contact
from service.vault.keys import Keys
from service.vault.sealing import record_associated, unseal, unwrap

ROWS_AT_ONCE = 1_000  # sealed records in memory


class _Leaf(msgspec.Struct):
    """What is wanted of the entry that a signature stands on."""

    commitment: str


_leaf = msgspec.json.Decoder(_Leaf)


@dataclass(frozen=True)
class NamedSigner:
    """Somebody who lets a letter's addressee know their name, with what opens name and country, not the address."""

    member: Member
    opening: dict[str, Any]  # contact (a commitment) person r2 r3


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


def signers_to_name(connection: sa.Connection, keys: Keys, campaign: CampaignView, text: str) -> Iterator[NamedSigner]:
    """Yield who stands for `text` at the log size that the read models have reached and lets the addressee know.

    Call inside one read transaction. In the order of the entries that they stand on; a record counts only if its entry
    commits to it.
    """
    signed, leaf = live.signed, live.leaf
    standing = {text, *corrected_into(connection, live, campaign.id, text)}
    chosen = (
        sa.select(signed.c.id.label("signature"), signed.c.entry, record, event.c.state.label("leaf"))
        .join(record, record.c.signature == signed.c.id)
        .join(leaf, leaf.c.leaf_index == signed.c.entry)
        .join(event, event.c.id == leaf.c.position)
        .join(signature_table, signature_table.c.id == signed.c.id)  # who withdrew and waits is left out, too
        .where(signed.c.campaign == campaign.id, signed.c.text.in_(standing))
        .where(signed.c.state == "active", signature_table.c.state == "active")
        .order_by(signed.c.entry)
    )
    with connection.execute(chosen.execution_options(yield_per=ROWS_AT_ONCE)) as rows:
        for row in rows.mappings():
            if _leaf.decode(row["leaf"]).commitment == row["commitment"]:
                yield from _named(keys, row)


def signers_still_named(connection: sa.Connection, keys: Keys, letter: str) -> Iterator[NamedSigner]:
    """Yield who was named when a letter was composed and still may be: nobody who left, in the order of entries."""
    standing = standing_members(letter)
    with connection.execute(standing.execution_options(yield_per=ROWS_AT_ONCE)) as rows:
        for row in rows.mappings():
            yield from _named(keys, row)


def _named(keys: Keys, row: sa.RowMapping) -> Iterator[NamedSigner]:
    associated = record_associated(row["campaign"], row["signature"], row["commitment"])
    content = unseal(unwrap(keys, row["kek"], row["wrapped_key"], associated), row["sealed"], associated)
    if content.get("disclosure") in NAMED:
        member = Member(row["signature"], row["entry"], row["commitment"])
        said = {name: content[name] for name in ("country", "name") if name in content}
        sealed = contact(Opening.from_record(content).r1, content["norm"])
        opening = {"contact": sealed, "person": said, "r2": content["r2"], "r3": content["r3"]}
        yield NamedSigner(member, opening)


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
