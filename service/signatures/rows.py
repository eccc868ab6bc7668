"""The rows behind a supporter's links: found by the hash of a token, opened with the keys."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.errors import LinkUnknown
from service.signatures.aggregate import Signature
from service.store.tables import mine, pending, record
from service.store.tables import signature as signature_table
from service.vault.keys import Keys
from service.vault.records import record_bytes
from service.vault.sealing import new_key, record_associated, seal, unseal, unwrap, wrap

KEPT_OPENING_S = 86_400  # how long an opening waits for its owner
_RECORD_KEPT = ("name", "email", "norm", "country", "disclosure", "language", "text", "wording", "r1", "r2", "r3")


@dataclass(frozen=True)
class OpenedRecord:
    """A person's record, with what is needed to seal it again."""

    content: dict[str, Any]
    data_key: bytes
    associated: bytes


def token_hash(token: str) -> str:
    """Return the hash under which a link's token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def mine_token_of(keys: Keys, link_token: str) -> str:
    """Return the token of the page behind a mailed link: the same at each press, and not told by the mail alone."""
    return keys.mac("mine-token", link_token.encode()).hex()


def pending_by_link(connection: sa.Connection, link_token: str, now: datetime) -> sa.RowMapping:
    """Return the pending row of a mailed link. :raises LinkUnknown: if it is unknown, expired or erased."""
    hashed = token_hash(link_token)
    return _current(connection, sa.or_(pending.c.token_hash == hashed, pending.c.reminder_hash == hashed), now)


def load_pending(connection: sa.Connection, row_id: str, now: datetime) -> sa.RowMapping:
    """Return a pending row by its id. :raises LinkUnknown: if it is unknown, expired or erased."""
    return _current(connection, pending.c.id == row_id, now)


def _current(connection: sa.Connection, condition: sa.ColumnElement[bool], now: datetime) -> sa.RowMapping:
    row = connection.execute(sa.select(pending).where(condition)).mappings().one_or_none()
    if row is None or row["expires"] <= now.timestamp():
        raise LinkUnknown
    return row


def opened_pending(keys: Keys, row: sa.RowMapping) -> dict[str, Any]:
    """Return the form behind a pending row. :raises LinkUnknown: if it was used or erased."""
    if row["wrapped_key"] is None:
        raise LinkUnknown
    associated = row["id"].encode()
    return unseal(unwrap(keys, row["kek"], row["wrapped_key"], associated), row["sealed"], associated)


def load_signature(connection: sa.Connection, signature_id: str, campaign: str = "") -> Signature:
    """Return the exact state of a signature; one that does not exist has the state ``none``."""
    row = (
        connection.execute(sa.select(signature_table).where(signature_table.c.id == signature_id))
        .mappings()
        .one_or_none()
    )
    return Signature(**row) if row else Signature(signature_id, campaign)


def find_mine(connection: sa.Connection, mine_token: str) -> sa.RowMapping:
    """Return the row behind a supporter's own page. :raises LinkUnknown: if it is unknown or erased."""
    row = (
        connection.execute(sa.select(mine).where(mine.c.token_hash == token_hash(mine_token))).mappings().one_or_none()
    )
    if row is None:
        raise LinkUnknown
    return row


def sealed_record(keys: Keys, signature: Signature, commitment: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return a row of `record`, sealed under a new key of its own."""
    data_key = new_key()
    associated = record_associated(signature.campaign, signature.id, commitment)
    kek, wrapped = wrap(keys, data_key, associated)
    kept = {name: content[name] for name in _RECORD_KEPT if name in content}
    return {
        "id": secrets.token_urlsafe(16), "signature": signature.id, "campaign": signature.campaign,
        "commitment": commitment, "kek": kek, "wrapped_key": wrapped, "sealed": seal(data_key, kept, associated),
    }  # fmt: skip


def opened_record(
    connection: sa.Connection, keys: Keys, signature_id: str, commitment: str = ""
) -> OpenedRecord | None:
    """Return what is kept of the person behind a signature (if given: under this commitment), or nothing."""
    row = connection.execute(sa.select(record).where(record.c.signature == signature_id)).mappings().one_or_none()
    if row is None or commitment not in ("", row["commitment"]):
        return None
    associated = record_associated(row["campaign"], signature_id, row["commitment"])
    data_key = unwrap(keys, row["kek"], row["wrapped_key"], associated)
    return OpenedRecord(unseal(data_key, row["sealed"], associated), data_key, associated)


def opening_file(content: dict[str, Any]) -> str:
    """Return the opening of a record: what was sealed and its salts, as canonical JSON, which an auditor reads.

    Whoever holds it can prove that this person signed (docs/log_format.md section 5).
    """
    return record_bytes(opening_of(content)).decode()


def opening_of(content: dict[str, Any]) -> dict[str, Any]:
    """Return the opening of a record as the object that its file holds."""
    person = {name: content[name] for name in ("country", "name") if name in content}
    salts = {name: content[name] for name in ("r1", "r2", "r3")}
    return {"contact": {"email": content["norm"]}, "person": person, "v": 1} | salts


def sealed_opening(mine_token: str, content: dict[str, Any]) -> bytes:
    """Return an opening sealed under a key that only the page's token gives, which is stored nowhere."""
    kept = {name: content[name] for name in _RECORD_KEPT if name in content}
    return seal(_opening_key(mine_token), kept, b"opening")


def unsealed_opening(mine_token: str, sealed: bytes) -> dict[str, Any]:
    """Return the opening that waited for its owner. :raises service.vault.sealing.SealBroken: for another token."""
    return unseal(_opening_key(mine_token), sealed, b"opening")


def _opening_key(mine_token: str) -> bytes:
    return hashlib.sha256(b"petition/kept-opening/v1\0" + mine_token.encode()).digest()
