"""Reads signed checkpoints (docs/log_format.md section 3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.audit.notes import (
    COSIGNED_BYTES,
    ED25519,
    BadNote,
    VerifierKey,
    cosignatures,
    parse_note,
    strict_b64,
    verify,
)

SIZE_MAX = 2**53 - 1
_SIZE = re.compile("0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True)
class Signed:
    """A checkpoint whose signature holds."""

    origin: str
    size: int
    root: bytes
    signers: tuple[str, ...] = ()  # ids of the log's keys that signed it
    cosigned: tuple[tuple[str, int], ...] = ()  # witnesses' key names, and when each cosigned, in POSIX seconds
    cosigners: tuple[VerifierKey, ...] = ()


def read_checkpoint(note: bytes, keys: Sequence[VerifierKey]) -> Signed:
    """Return what a signed checkpoint says. :raises BadNote: if it is malformed, or no given key signed it."""
    parsed = parse_note(note)
    verified = verify(parsed, keys)
    said = read_checkpoint_text(parsed.text)
    signers = tuple(key.id.hex() for key in verified if key.name == said.origin and key.algorithm == ED25519)
    if not signers:
        raise BadNote(f"the checkpoint is of {said.origin[:80]}, and no given key of that origin signed it")
    cosigned = tuple((key.name, time) for key, time in cosignatures(parsed, verified))
    cosigners = tuple(key for key in verified if key.algorithm in COSIGNED_BYTES)
    return replace(said, signers=signers, cosigned=cosigned, cosigners=cosigners)


def read_checkpoint_text(text: str) -> Signed:
    """Return what a checkpoint's text says, signed or not. :raises BadNote: if it is malformed."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise BadNote("a checkpoint is three lines: origin, size and root")
    if not _SIZE.fullmatch(lines[1]) or int(lines[1]) > SIZE_MAX:
        raise BadNote(f"the checkpoint's size is {lines[1][:40]!r}, not a number")
    root = strict_b64(lines[2])
    if len(root) != 32:
        raise BadNote(f"the checkpoint's root has {len(root)} bytes, not 32")
    return Signed(lines[0], int(lines[1]), root)
