"""What a checkpoint says, and the three lines that are signed (docs/log_format.md section 3)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from service.eventlog.merkle import root_of
from service.publishing.cosignatures import mldsa_message
from service.store.tables import checkpoint
from service.vault.keys import Keys

SIZE_DIGITS_MAX = 16  # below 2**53


@dataclass(frozen=True)
class Checkpoint:
    """A size of the log with its root and the signed note that says so."""

    size: int
    root: bytes
    note: str

    @property
    def text(self) -> str:
        """Return what is signed: the note without its signatures."""
        return self.note.rpartition("\n\n")[0] + "\n"


def newest(connection: sa.Connection) -> Checkpoint | None:
    """Return the newest checkpoint that the log signed, shown or not; nothing before the first."""
    row = connection.execute(sa.select(checkpoint)).one_or_none()
    return Checkpoint(row.size, bytes(row.root), row.note) if row else None


def sign(keys: Keys, size: int, root: bytes, using: Sequence[str]) -> Checkpoint:
    """Return a checkpoint signed by these of our keys (verifier keys).

    Ed25519 is deterministic (RFC 8032): signing again gives the same bytes.
    """
    return Checkpoint(size, root, keys.sign_log_note(checkpoint_text(keys.origin, size, root), *using))


def also_by_mldsa(keys: Keys, signed: Checkpoint, now: datetime) -> Checkpoint:
    """Return a checkpoint with the signature of the log's ML-DSA-44 key below the others, if there is such a key."""
    if keys.mldsa is None:
        return signed
    time_s = int(now.timestamp())
    line = keys.mldsa.line(time_s, mldsa_message(keys.mldsa.name, time_s, signed.text))
    return Checkpoint(signed.size, signed.root, signed.note + line)


def of_nothing(keys: Keys) -> Checkpoint:
    """Return the checkpoint of an empty log."""
    return sign(keys, 0, root_of([]), keys.log.vkeys[:1])


def read_signed(keys: Keys, note: str) -> Checkpoint:
    """Return what a checkpoint says that one of our keys signed. :raises ValueError: if none of them did.

    Signing is deterministic, so what we signed is what we would sign again.
    """
    lines = note.split("\n")
    if len(lines) < 5 or not lines[1].isascii() or not lines[1].isdigit() or len(lines[1]) > SIZE_DIGITS_MAX:
        raise ValueError("it is no checkpoint")
    size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
    ours = sign(keys, size, root, keys.log.vkeys)
    if not note.startswith(ours.text + "\n") or not set(ours.note.split("\n")[4:-1]) & set(lines[4:]):
        raise ValueError(f"its origin or its signature is not that of {keys.origin}")
    return Checkpoint(size, root, note)


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return the three lines that are signed (C2SP tlog-checkpoint)."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
