"""The hot units of the write path: what a sign form and a pressed button store, many at once.

A row is decided and sealed before its batch. The statements here check under the gate what it assumed (link unused,
campaign's row, signature's row); what assumed wrong is answered AGAIN and decided anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from service.store.bulk import among, insert_new, insert_rows, update_rows
from service.store.gates import try_gates_shared
from service.store.group_commit import GATE_TAKEN, Kind
from service.store.mail_tables import subscriber
from service.store.tables import campaign, mine, outbox, pending, record, signature, waiting

AGAIN = object()  # the row assumed something that is no longer so
DONE = object()


@dataclass(frozen=True)
class SignRow:
    """One form that was sent: the pending row and its mail."""

    pending: dict[str, Any]
    outbox: dict[str, Any]


@dataclass(frozen=True)
class Assumed:
    """What a decision rested on."""

    campaign: str
    gate: int
    text: str | None  # the campaign is open for this text; none: it only must not be sealed
    day: str
    version: int  # of the signature; 0: there is none


@dataclass(frozen=True)
class ChangeRow:
    """One change of one signature: the new rows, and what to check before they are written."""

    assumed: Assumed
    signature: dict[str, Any]  # the exact row as it will be; empty: unchanged
    waiting: dict[str, Any]  # empty: no event
    mine: dict[str, Any]  # empty: no new page
    pending: dict[str, Any]  # what becomes of the pending row: id and changes; empty: there is none
    record: dict[str, Any]  # empty: none is written
    signature_id: str
    subscriber: dict[str, Any] = field(default_factory=dict)  # empty: no news were asked for


def run_sign(connection: sa.Connection, rows: Sequence[SignRow]) -> list[Any]:
    """Store forms that were sent. Never looks at signatures: signed and unsigned addresses cost the same."""
    insert_rows(connection, pending, [row.pending for row in rows])
    insert_rows(connection, outbox, [row.outbox for row in rows])
    return [DONE] * len(rows)


def run_change(connection: sa.Connection, rows: Sequence[ChangeRow]) -> list[Any]:
    """Store confirmations and withdrawals whose assumptions hold."""
    free = try_gates_shared(connection, (row.assumed.gate for row in rows))
    results: list[Any] = [DONE if row.assumed.gate in free else GATE_TAKEN for row in rows]
    present = _Present.read(connection, [row for row in rows if row.assumed.gate in free])
    seen: set[str] = set()
    for place, row in enumerate(rows):
        if results[place] is DONE and (row.signature_id in seen or not present.holds(row)):
            results[place] = AGAIN
        seen.add(row.signature_id)
    for place in _insert_new(connection, rows, results):
        results[place] = AGAIN
    _write(connection, [row for row, result in zip(rows, results, strict=True) if result is DONE])
    return results


KINDS = {
    "sign": Kind(run_sign, key=lambda row: row.pending["id"]),
    "change": Kind(run_change, key=lambda row: row.signature_id),
}


@dataclass(frozen=True)
class _Present:
    """The rows as they are under the gate."""

    campaigns: dict[str, sa.RowMapping]
    versions: dict[str, int]
    unused: set[str]

    @classmethod
    def read(cls, connection: sa.Connection, rows: Sequence[ChangeRow]) -> _Present:
        of_forms = among(connection, pending.c.id, (row.pending["id"] for row in rows if row.pending))
        of_signatures = among(connection, signature.c.id, (row.signature_id for row in rows))
        of_campaigns = among(connection, campaign.c.id, (row.assumed.campaign for row in rows))
        unused = sa.select(pending.c.id).where(of_forms, pending.c.signature.is_(None))
        versions = sa.select(signature.c.id, signature.c.version).where(of_signatures)
        campaigns = sa.select(campaign.c.id, campaign.c.state, campaign.c.text, campaign.c.closes).where(of_campaigns)
        return cls(
            unused=set(connection.execute(unused.order_by(pending.c.id).with_for_update()).scalars()),
            versions={r.id: r.version for r in connection.execute(versions.order_by(signature.c.id).with_for_update())},
            campaigns={r["id"]: r for r in connection.execute(campaigns).mappings()},
        )

    def holds(self, row: ChangeRow) -> bool:
        assumed, found = row.assumed, self.campaigns.get(row.assumed.campaign)
        if found is None or found["state"] == "sealed":
            return False
        if assumed.text is not None and not (
            found["state"] == "open" and found["text"] == assumed.text and assumed.day <= found["closes"]
        ):
            return False
        if row.pending and row.pending["id"] not in self.unused:
            return False
        return self.versions.get(row.signature_id, 0) == assumed.version


def _insert_new(connection: sa.Connection, rows: Sequence[ChangeRow], results: list[Any]) -> list[int]:
    """Insert signatures that are new and return the places of those that somebody else made first."""
    new = {
        row.signature_id: place
        for place, row in enumerate(rows)
        if results[place] is DONE and row.signature and row.assumed.version == 0
    }
    made = insert_new(connection, signature, [rows[place].signature for place in new.values()], "id")
    return [place for one, place in new.items() if one not in made]


_CHANGED = ("id", "state", "text", "version", "invalidation")
_SPENT = {"sealed": None, "wrapped_key": None, "kek": None}  # of a form that was used


def _write(connection: sa.Connection, rows: Sequence[ChangeRow]) -> None:
    changed = [row for row in rows if row.signature and row.assumed.version > 0]
    update_rows(connection, signature, [{name: row.signature[name] for name in _CHANGED} for row in changed], "id")
    insert_rows(connection, waiting, [row.waiting for row in rows if row.waiting])
    insert_rows(connection, mine, [row.mine for row in rows if row.mine], ignoring=True)
    insert_rows(connection, subscriber, [row.subscriber for row in rows if row.subscriber], ignoring=True)
    used = [row.pending | _SPENT for row in rows if row.pending]
    update_rows(connection, pending, used, "id")
    if used:
        connection.execute(sa.delete(outbox).where(among(connection, outbox.c.pending, (row["id"] for row in used))))
    renewed = [row.signature_id for row in changed if row.record]  # who is new has none yet, and its key says so
    if renewed:
        connection.execute(sa.delete(record).where(among(connection, record.c.signature, renewed)))
    insert_rows(connection, record, [row.record for row in rows if row.record])
