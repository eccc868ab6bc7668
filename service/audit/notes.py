"""Signed notes and verifier keys (docs/log_format.md section 3; C2SP signed-note v1.0.0, tlog-cosignature v1.0.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04  # Ed25519 over the time and the checkpoint
COSIGNATURE_MLDSA = 0x06  # ML-DSA-44 (FIPS 204) over the time, the cosigner's name and the checkpoint
PUBLIC_BYTES = {ED25519: 32, COSIGNATURE: 32, COSIGNATURE_MLDSA: 1312}  # of a public key, by algorithm
COSIGNED_BYTES = {COSIGNATURE: 72, COSIGNATURE_MLDSA: 2428}  # of a time and a signature, by algorithm
LARGEST_NOTE = 1_000_000  # bytes; docs/log_format.md section 3
LARGEST_TIME = 2**63 - 1  # POSIX seconds; tlog-cosignature
_SIGNATURE_LINE = re.compile("— ([^ ]+) ([A-Za-z0-9+/]+={0,2})")


class BadNote(ValueError):
    """A note or key is malformed, or its signature fails; the text says what could not be done."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key with its name, its id of four bytes, and the algorithm."""

    name: str
    id: bytes
    algorithm: int
    public: bytes


@dataclass(frozen=True)
class Signature:
    """One signature line of a note: who says to have signed, and the bytes."""

    name: str
    id: bytes
    value: bytes


@dataclass(frozen=True)
class Note:
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
    """Reads a verifier key. :raises BadNote: if its shape or its id is wrong, or the algorithm unknown."""
    name, _, rest = text.partition("+")
    digits, _, encoded = rest.partition("+")
    if not is_key_name(name) or not re.fullmatch("[0-9a-f]{8}", digits):
        raise BadNote(f"not a verifier key (name, 8 hex digits and base64, joined by +): {text[:80]!r}")
    value = strict_b64(encoded)
    if not value or PUBLIC_BYTES.get(value[0]) != len(value) - 1:
        raise BadNote(f"not an Ed25519 or ML-DSA-44 verifier key: {text[:80]!r}")
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


def cosignatures(note: Note, verified: Iterable[VerifierKey]) -> list[tuple[VerifierKey, int]]:
    """Gives the cosigners among keys whose signatures were verified, and when each cosigned, in POSIX seconds."""
    known = {(key.name, key.id): key for key in verified if key.algorithm in COSIGNED_BYTES}
    found = [(known.get((signature.name, signature.id)), signature.value) for signature in note.signatures]
    return [(key, int.from_bytes(value[:8], "big")) for key, value in found if key is not None]


def _signature(line: str) -> Signature:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None or not is_key_name(match[1]):
        raise BadNote(f"not a signature line: {line[:80]!r}")
    value = strict_b64(match[2])
    if len(value) < 5:
        raise BadNote(f"a signature too short to hold a key id: {line[:80]!r}")
    return Signature(match[1], value[:4], value[4:])


def cosigned_message(key: VerifierKey, time: int, text: str) -> bytes:
    """Gives the bytes that a cosigner signs at a time, in POSIX seconds, over a checkpoint's text (tlog-cosignature).

    :raises BadNote: if an ML-DSA-44 key cosigns what is no checkpoint.
    """
    if key.algorithm == COSIGNATURE:
        return b"cosignature/v1\ntime %d\n" % time + text.encode()
    lines = text.split("\n")
    if len(lines) < 4 or not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1], re.ASCII):
        raise BadNote(f"the cosignature of {key.name} is over no checkpoint")
    origin, root = lines[0].encode(), strict_b64(lines[2])
    head = b"subtree/v1\n\0" + _short(key.name.encode()) + time.to_bytes(8, "big")
    return head + _short(origin) + bytes(8) + int(lines[1]).to_bytes(8, "big") + root


def _short(text: bytes) -> bytes:
    if not 1 <= len(text) <= 255:
        raise BadNote(f"a name of {len(text)} bytes cannot be cosigned by ML-DSA-44")
    return bytes([len(text)]) + text


def _verify_one(text: str, signature: Signature, key: VerifierKey) -> None:
    value, message = signature.value, text.encode()
    if key.algorithm in COSIGNED_BYTES:
        time = int.from_bytes(value[:8], "big")
        if len(value) != COSIGNED_BYTES[key.algorithm] or time > LARGEST_TIME:
            raise BadNote(f"the cosignature of {key.name} is not a time and a signature")
        value, message = value[8:], cosigned_message(key, time, text)
    try:
        if key.algorithm == COSIGNATURE_MLDSA:
            # Only who needs it needs a library that has it.
            from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

            MLDSA44PublicKey.from_public_bytes(key.public).verify(value, message)
        else:
            Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except (ImportError, UnsupportedAlgorithm) as error:
        raise BadNote(f"{key.name} signs with ML-DSA-44: install cryptography 50 or newer to check it") from error
    except (InvalidSignature, ValueError) as error:
        raise BadNote(f"the signature of {key.name} fails") from error
