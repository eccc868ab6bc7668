"""A checkpoint that somebody hands in: whether it is one of ours, and when witnesses say that they saw it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import sqlalchemy as sa

from service.errors import Refused
from service.publishing.signed import read_signed
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

    :raises Refused: if it is of another log, another history, or not signed by a key that this service holds.
    """
    if len(note) > FILE_MAX_BYTES:
        raise Refused(f"{_NO}.")
    try:
        signed = read_signed(keys, note)
        root = root_at(connection, signed.size)
    except ValueError as error:
        raise Refused(f"{_NO}: {error}.") from error
    except TileMissing as error:
        raise Refused(f"{_NO}. It is of size {signed.size}, which this log has not reached.") from error
    if root != signed.root:
        raise Refused(f"{_NO}. Its origin or root at size {signed.size} is another one.")
    own_name = f"\N{EM DASH} {keys.origin} "
    others = [line for line in note.rpartition("\n\n")[2].split("\n") if not line.startswith(own_name)]
    return OwnCheckpoint(signed.text, signed.size, max(_times(others), default=None))


def _times(lines: list[str]) -> list[int]:
    found = []
    for line in lines:
        try:
            value = base64.b64decode(line.rpartition(" ")[2], validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(value) in COSIGNED_BYTES:
            found.append(int.from_bytes(value[4:12], "big"))
    return found
