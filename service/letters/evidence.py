"""What shows that a letter went, was received or was answered: sealed in the vault, its hash in the log.

A record has 32 random bytes in it, so that its hash tells nothing to who guesses receipt numbers or clerks' names. An
answer's document keeps its plain hash: it may be released to the archive under it.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from service.errors import NotFound, Refused
from service.eventlog.canonical import document_hash
from service.letters.commands import Scan
from service.letters.tables import letter_evidence
from service.vault.keys import Keys
from service.vault.records import record_bytes
from service.vault.sealing import new_key, seal, unseal, unwrap, wrap

SALT_BYTES = 32  # LETTERS.md section 8
SCAN_ENDINGS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "text/plain; charset=utf-8": ".txt",
}
NOT_SHOWN = ("content", "media_type", "salt", "v", "letter", "kind")
Kind = Literal["handover", "resolved", "report", "acknowledgement", "answer", "counsel"]


@dataclass(frozen=True)
class Kept:
    """To what a piece of evidence belongs."""

    letter: str
    kind: Kind
    day: str


@dataclass(frozen=True)
class Evidence:
    """A piece of evidence, opened."""

    hash: str
    kind: str
    day: str
    fields: dict[str, Any]
    scan: Scan | None


def keep_record(connection: sa.Connection, keys: Keys, kept: Kept, record: dict[str, Any]) -> str:
    """Seal a record with a salt of its own and return its hash."""
    salt = base64.b64encode(os.urandom(SALT_BYTES)).decode()
    salted = {**record, "v": 1, "letter": kept.letter, "kind": kept.kind, "salt": salt}
    found = document_hash(record_bytes(salted))
    _insert(connection, keys, kept, found, salted)
    return found


def keep_document(connection: sa.Connection, keys: Keys, kept: Kept, document: Scan) -> str:
    """Seal a document and return the hash of its plain bytes.

    :raises Refused: if this very document was entered before.
    """
    found = document_hash(document.content)
    if connection.execute(sa.select(letter_evidence.c.hash).where(letter_evidence.c.hash == found)).first():
        raise Refused(f"the document {found} was entered before: each version of an answer is another document")
    _insert(connection, keys, kept, found, document.as_fields())
    return found


def open_evidence(connection: sa.Connection, keys: Keys, hash: str) -> dict[str, Any]:
    """Return what was sealed. :raises NotFound: if there is no such evidence."""
    row = connection.execute(sa.select(letter_evidence).where(letter_evidence.c.hash == hash)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no evidence {hash}.")
    associated = evidence_associated(row["letter"], hash)
    return unseal(unwrap(keys, row["kek"], row["wrapped_key"], associated), row["sealed"], associated)


def open_document(connection: sa.Connection, keys: Keys, hash: str) -> tuple[bytes, str]:
    """Return the bytes and the media type of a sealed document. :raises NotFound: if there is none."""
    record = open_evidence(connection, keys, hash)
    return base64.b64decode(record["content"]), record["media_type"]


def evidence_of(connection: sa.Connection, keys: Keys, letter: str) -> list[Evidence]:
    """Return all that is kept about a letter, opened, the oldest first."""
    chosen = sa.select(letter_evidence).where(letter_evidence.c.letter == letter)
    rows = connection.execute(chosen.order_by(letter_evidence.c.day, letter_evidence.c.hash)).mappings().all()
    return [_opened(row, open_evidence(connection, keys, row["hash"])) for row in rows]


def _opened(row: sa.RowMapping, record: dict[str, Any]) -> Evidence:
    fields = {name: value for name, value in record.items() if name not in NOT_SHOWN}
    scan = Scan(base64.b64decode(record["content"]), record["media_type"]) if "content" in record else None
    return Evidence(row["hash"], row["kind"], row["day"], fields, scan)


def _insert(connection: sa.Connection, keys: Keys, kept: Kept, hash: str, record: dict[str, Any]) -> None:
    associated, data_key = evidence_associated(kept.letter, hash), new_key()
    kek, wrapped = wrap(keys, data_key, associated)
    row = {"hash": hash, "letter": kept.letter, "kind": kept.kind, "day": kept.day, "kek": kek}
    row |= {"wrapped_key": wrapped, "sealed": seal(data_key, record, associated)}
    connection.execute(sa.insert(letter_evidence).values(row))


def evidence_associated(letter: str, hash: str) -> bytes:
    """Return the associated data of a piece of evidence and of its wrapped key: it opens at no other letter."""
    return f"letter_evidence\0{letter}\0{hash}".encode()
