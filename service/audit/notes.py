"""Signed notes and verifier keys (docs/log_format.md section 3; C2SP signed-note v1.0.0, tlog-cosignature v1.0.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04  # Ed25519 over the time and the checkpoint
LARGEST_NOTE = 1_000_000  # bytes; docs/log_format.md section 3
LARGEST_TIME = 2**63 - 1  # POSIX seconds; tlog-cosignature
_SIGNATURE_LINE = re.compile("— ([^ ]+) ([A-Za-z0-9+/]+={0,2})")


class BadNote(ValueError):
    """A note or key is malformed, or its signature fails; the text says what could not be done."""


class VerifierKey(msgspec.Struct, frozen=True):
    """A public key with its name, its id of four bytes, and the algorithm."""

    name: str
    id: bytes
    algorithm: int
    public: bytes


class Signature(msgspec.Struct, frozen=True):
    """One signature line of a note: who says to have signed, and the bytes."""

    name: str
    id: bytes
    value: bytes


class Note(msgspec.Struct, frozen=True):
    """A note's text, its final newline included, and its signatures, not yet verified."""

    text: str
    signatures: list[Signature]


def strict_b64(text: str) -> bytes:
    """Decodes standard base64 with padding. :raises BadNote: for any text that encoding the bytes would not give."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote(f"not base64: {text[:80]!r}") from error
    if base64.b64encode(value).decode() != text:
        raise BadNote(f"base64 with stray bits: {text[:80]!r}")
    return value


def is_key_name(name: str) -> bool:
    """Tells whether the name is not empty and holds no white space, no `+` and no control character."""
    return bool(name) and "+" not in name and not any(char.isspace() or ord(char) < 0x20 for char in name)


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """Derives the four bytes that stand for a key in a signature line."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


def parse_vkey(text: str) -> VerifierKey:
    """Reads an Ed25519 verifier key. :raises BadNote: if its shape or its id is wrong, or the algorithm unknown."""
    name, _, rest = text.partition("+")
    digits, _, encoded = rest.partition("+")
    if not is_key_name(name) or not re.fullmatch("[0-9a-f]{8}", digits):
        raise BadNote(f"not a verifier key (name, 8 hex digits and base64, joined by +): {text[:80]!r}")
    value = strict_b64(encoded)
    if len(value) != 33 or value[0] not in (ED25519, COSIGNATURE):
        raise BadNote(f"not an Ed25519 verifier key: {text[:80]!r}")
    if key_id(name, value[0], value[1:]).hex() != digits:
        raise BadNote(f"the key's id is {key_id(name, value[0], value[1:]).hex()}, not {digits}")
    return VerifierKey(name, bytes.fromhex(digits), value[0], value[1:])


def parse_note(data: bytes) -> Note:
    """Splits a note into text and signatures, at its last empty line. :raises BadNote: if it is malformed."""
    if len(data) > LARGEST_NOTE:
        raise BadNote(f"a note of {len(data)} bytes: more than {LARGEST_NOTE}")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise BadNote("the note is not UTF-8") from error
    if any(ord(char) < 0x20 and char != "\n" for char in whole):
        raise BadNote("the note holds a control character")
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise BadNote("the note has no signature lines after its last empty line")
    return Note(text + "\n", [_signature(line) for line in lines[:-1].split("\n")])


def verify(note: Note, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """Gives the known keys that signed the note; signatures of unknown keys are passed over.

    :raises BadNote: if a known key's signature fails, or no known key signed.
    """
    known = {(key.name, key.id): key for key in keys}
    signers = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.id))
        if key is not None:
            _verify_one(note.text, signature, key)
            signers.append(key)
    if not signers:
        raise BadNote("no known key signed the note")
    return signers


def _signature(line: str) -> Signature:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None or not is_key_name(match[1]):
        raise BadNote(f"not a signature line: {line[:80]!r}")
    value = strict_b64(match[2])
    if len(value) < 5:
        raise BadNote(f"a signature too short to hold a key id: {line[:80]!r}")
    return Signature(match[1], value[:4], value[4:])


def _verify_one(text: str, signature: Signature, key: VerifierKey) -> None:
    value, message = signature.value, text.encode()
    if key.algorithm == COSIGNATURE:
        time = int.from_bytes(value[:8], "big")
        if len(value) != 72 or time > LARGEST_TIME:
            raise BadNote(f"the cosignature of {key.name} is not a time and 64 bytes")
        value, message = value[8:], b"cosignature/v1\ntime %d\n" % time + message
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except (InvalidSignature, ValueError) as error:
        raise BadNote(f"the signature of {key.name} fails") from error
