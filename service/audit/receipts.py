"""Receipts: one file proves that an entry is in the log (docs/log_format.md section 5)."""

from __future__ import annotations

from dataclasses import dataclass

from service.audit.decoding import decode
from service.audit.leaves import Event
from service.audit.merkle import BadProof, leaf_hash, verify_inclusion
from service.audit.notes import BadNote, VerifierKey, strict_b64
from service.audit.problems import Refused
from service.audit.published import Signed, read_checkpoint

HEAD = "c2sp.org/tlog-proof@v1"
HASHES_MAX = 63
FILE_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Receipt:
    """A receipt that holds: the entry, its place, and the checkpoint that covers it."""

    leaf: bytes
    index: int
    checkpoint: Signed


def read_receipt(content: bytes, keys: list[VerifierKey], hashed: bytes | None = None) -> Receipt:
    """Return what a receipt proves: that the entry it carries is in the log, or the one of a given leaf hash.

    :raises BadNote: if it is malformed, or no given key signed its checkpoint.
    :raises BadProof: if its hashes do not lead from the entry to the checkpoint's root.
    """
    if len(content) > FILE_MAX_BYTES:
        raise BadNote(f"a receipt of {len(content)} bytes: more than {FILE_MAX_BYTES}")
    head, gap, note = content.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    if not gap or lines[0] != HEAD or len(lines) < 3:
        raise BadNote(f"not a receipt: it begins with {HEAD}, extra, index, and an empty line before the checkpoint")
    leaf = strict_b64(_after("extra ", lines[1]))
    hashed = leaf_hash(leaf) if hashed is None else hashed
    index = _number(_after("index ", lines[2]))
    proof = [strict_b64(line) for line in lines[3:]]
    if len(proof) > HASHES_MAX or any(len(hashed) != 32 for hashed in proof):
        raise BadNote("the receipt's proof is not of at most 63 hashes of 32 bytes")
    checkpoint = read_checkpoint(note, keys)
    verify_inclusion(hashed, index, checkpoint.size, proof, checkpoint.root)
    return Receipt(leaf, index, checkpoint)


def event_of(receipt: Receipt) -> Event | None:
    """Return the event that the entry states, or nothing if it is no event of docs/log_format.md section 7."""
    try:
        return decode(receipt.leaf)
    except Refused:
        return None


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise BadNote(f"the receipt has no line that begins with {word!r} where one belongs")
    return line.removeprefix(word)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or str(int(text)) != text:
        raise BadNote(f"the receipt's index is {text[:40]!r}, not a number")
    return int(text)


__all__ = ["BadProof", "Receipt", "event_of", "read_receipt"]
