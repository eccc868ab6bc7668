"""The hot units of the write path: what a sign form and a pressed button store, many at once.

A row is decided and sealed before its batch. The statements here check under the gate what it assumed (link unused,
campaign's row, signature's row); what assumed wrong is answered AGAIN and decided anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

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
    connection.execute(sa.insert(pending), [row.pending for row in rows])
    connection.execute(sa.insert(outbox), [row.outbox for row in rows])
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
        wanted = sorted({row.pending["id"] for row in rows if row.pending})
        unused = sa.select(pending.c.id).where(pending.c.id.in_(wanted), pending.c.signature.is_(None))
        ids = sorted({row.signature_id for row in rows})
        versions = sa.select(signature.c.id, signature.c.version).where(signature.c.id.in_(ids))
        known = sorted({row.assumed.campaign for row in rows})
        campaigns = sa.select(campaign).where(campaign.c.id.in_(known))
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
    if not new:
        return []
    statement = _insert_ignoring(connection, signature).returning(signature.c.id)
    made = set(connection.execute(statement, [rows[place].signature for place in new.values()]).scalars())
    return [place for one, place in new.items() if one not in made]


def _insert_ignoring(connection: sa.Connection, table: sa.Table) -> Any:
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


_CHANGED = ("state", "text", "version", "invalidation")
_CHANGE_SIGNATURE = (
    sa.update(signature)
    .where(signature.c.id == sa.bindparam("_id"))
    .values({name: sa.bindparam(name) for name in _CHANGED})
)
_USED = ("signature", "promise_by", "promise_leaf", "outcome")
_USE_PENDING = (
    sa.update(pending)
    .where(pending.c.id == sa.bindparam("_id"))
    .values({name: sa.bindparam(name) for name in _USED} | {"sealed": None, "wrapped_key": None, "kek": None})
)


def _write(connection: sa.Connection, rows: Sequence[ChangeRow]) -> None:
    changed = [row for row in rows if row.signature and row.assumed.version > 0]
    _many(
        connection,
        _CHANGE_SIGNATURE,
        [{"_id": row.signature_id, **{n: row.signature[n] for n in _CHANGED}} for row in changed],
    )
    _many(connection, sa.insert(waiting), [row.waiting for row in rows if row.waiting])
    _many(connection, _insert_ignoring(connection, mine), [row.mine for row in rows if row.mine])
    _many(connection, _insert_ignoring(connection, subscriber), [row.subscriber for row in rows if row.subscriber])
    used = [{"_id": row.pending["id"], **{n: row.pending[n] for n in _USED}} for row in rows if row.pending]
    _many(connection, _USE_PENDING, used)
    if used:
        connection.execute(sa.delete(outbox).where(outbox.c.pending.in_([row["_id"] for row in used])))
    records = [row.record for row in rows if row.record]
    if records:
        connection.execute(sa.delete(record).where(record.c.signature.in_([r["signature"] for r in records])))
        connection.execute(sa.insert(record), records)


def _many(connection: sa.Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)
