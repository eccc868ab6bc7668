"""Promises: the service's word that a confirmed signature will be in the log in time (docs/log_format.md section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from service.audit.fields import TOKEN
from service.audit.notes import LARGEST_TIME, BadNote, parse_note, parse_vkey, strict_b64, verify
from service.audit.times import CosignedSize

HEAD = "petition-promise/v1"


@dataclass(frozen=True)
class Promise:
    """A promise whose signature holds."""

    signature: str
    leaf_hash: bytes
    due: int  # POSIX seconds

    def verdict(self, index: int | None, cosigned: Sequence[CosignedSize], now: int) -> str:
        """Return "kept", "broken", or "open": not due yet, given where its entry is in the log, if it is.

        A checkpoint cosigned at or after the time that does not hold the entry breaks the promise (section 5). Without
        witnesses `now`, the reader's own clock in POSIX seconds, has to do.
        """
        if any(each.last >= self.due and (index is None or each.size <= index) for each in cosigned):
            return "broken"
        if index is not None:
            return "kept"
        return "broken" if not cosigned and self.due <= now else "open"

    def due_time(self) -> str:
        """Return the time of the promise for people, in UTC."""
        try:
            return datetime.fromtimestamp(self.due, UTC).isoformat()
        except (OverflowError, ValueError, OSError):
            return f"{self.due} s after 1970"


def read_promise(content: bytes, origin: str, keys: Iterable[str]) -> Promise:
    """Return what a promise says; `keys` are the log's promise keys, as they stand in the log.

    :raises BadNote: if it is malformed, of another log, or none of these keys signed it.
    """
    note = parse_note(content)
    verify(note, [parse_vkey(key) for key in keys])
    lines = note.text.split("\n")
    if len(lines) != 6 or lines[0] != HEAD or lines[5]:
        raise BadNote(f"not a promise: five lines that begin with {HEAD}")
    if lines[1] != origin:
        raise BadNote(f"a promise of the log {lines[1][:80]!r}, not of {origin!r}")
    if not TOKEN.accepts(lines[2]):
        raise BadNote(f"the promise's signature id is not {TOKEN.expected}")
    hashed, digits = strict_b64(lines[3]), lines[4].removeprefix("by ")
    if len(hashed) != 32 or not digits.isascii() or not digits.isdigit() or f"by {int(digits)}" != lines[4]:
        raise BadNote("the promise has no leaf hash of 32 bytes, or no time in seconds")
    if int(digits) > LARGEST_TIME:
        raise BadNote("the promise's time is no time")
    return Promise(lines[2], hashed, int(digits))
