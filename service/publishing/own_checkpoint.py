"""A checkpoint that somebody hands in: whether it is one of ours, and when witnesses say that they saw it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import sqlalchemy as sa

from service.errors import Refused
from service.publishing.checkpoint import checkpoint_text
from service.publishing.tree import TileMissing, root_at
from service.vault.keys import Keys

FILE_MAX_BYTES = 64_000
COSIGNED_BYTES = (4 + 72, 4 + 2_428)  # key id, time and signature: Ed25519, ML-DSA-44 (docs/log_format.md section 3)
_NO = "This is no checkpoint of this log: give the file as it stood under /log/checkpoint"


@dataclass(frozen=True)
class OwnCheckpoint:
    """A checkpoint that this log signed."""

    text: str  # the three lines
    size: int
    cosigned: int | None  # POSIX seconds: the latest time that a cosignature on it states, verified by auditors alone


def own_checkpoint(connection: sa.Connection, keys: Keys, note: str) -> OwnCheckpoint:
    """Return what a signed checkpoint of this log says.

    Ed25519 is deterministic (RFC 8032): ours if signing its size and our root again gives one of its signature lines.

    :raises Refused: if it is of another log, another history, or not signed by a key that this service holds.
    """
    size = _size(note)
    try:
        root = root_at(connection, size)
    except TileMissing as error:
        raise Refused(f"{_NO}. It is of size {size}, which this log has not reached.") from error
    text = checkpoint_text(keys.origin, size, root)
    head, gap, lines = note.rpartition("\n\n")
    if not gap or head + "\n" != text:
        raise Refused(f"{_NO}. Its origin or root at size {size} is another one.")
    given = set(lines.split("\n"))
    ours = {keys.log.sign(text, [vkey]).rpartition("\n\n")[2].strip("\n") for vkey in keys.log.vkeys}
    if not given & ours:
        raise Refused(f"{_NO}. No key of this log signed it.")
    return OwnCheckpoint(text, size, max(_times(given - ours), default=None))


def _size(note: str) -> int:
    lines = note.split("\n", 2)
    if len(note) > FILE_MAX_BYTES or len(lines) != 3 or not lines[1].isascii() or not lines[1].isdigit():
        raise Refused(f"{_NO}.")
    return int(lines[1][:16])


def _times(lines: set[str]) -> list[int]:
    found = []
    for line in lines:
        try:
            value = base64.b64decode(line.rpartition(" ")[2], validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(value) in COSIGNED_BYTES:
            found.append(int.from_bytes(value[4:12], "big"))
    return found
