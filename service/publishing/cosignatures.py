"""Cosignatures of witnesses: their keys, and whether a signature line holds (C2SP tlog-cosignature v1.0.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

COSIGNED_ED25519, COSIGNED_MLDSA44 = 0x04, 0x06  # algorithms; docs/log_format.md section 3
PUBLIC_BYTES = {COSIGNED_ED25519: 32, COSIGNED_MLDSA44: 1312}
SIGNATURE_BYTES = {COSIGNED_ED25519: 64, COSIGNED_MLDSA44: 2420}
TIME_MAX = 2**63 - 1  # POSIX seconds
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_LINE = re.compile("\N{EM DASH} ([^ ]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True)
class CosignerKey:
    """A witness's public key with its name, its id of four bytes, and its algorithm; `vkey` is how it is written."""

    vkey: str
    name: str
    id: bytes
    algorithm: int
    public: bytes


@dataclass(frozen=True)
class Cosignature:
    """A cosignature that holds: its signature line, and the time that it states in POSIX seconds."""

    line: str
    time: int


def read_cosigner_key(text: str) -> CosignerKey:
    """Return the key that a verifier key names. :raises ValueError: if it is no cosigner's, or its id is wrong."""
    found = _VKEY.fullmatch(text)
    value = _strict_b64(found[3]) if found else None
    if found is None or not value or PUBLIC_BYTES.get(value[0]) != len(value) - 1:
        raise ValueError("this is no key of a witness (Ed25519 or ML-DSA-44 cosignatures, algorithm 4 or 6)")
    identity = hashlib.sha256(found[1].encode() + b"\n" + value).digest()[:4]
    if identity.hex() != found[2]:
        raise ValueError(f"the key's id is {identity.hex()}, not {found[2]}")
    return CosignerKey(text, found[1], identity, value[0], value[1:])


def cosignature_in(lines: str, key: CosignerKey, checkpoint: str) -> Cosignature | None:
    """Return the newest cosignature of a checkpoint's text by a key among signature lines, or nothing.

    Lines of other keys, and those whose signature fails, are dropped.
    """
    found = [_verified(line, key, checkpoint) for line in lines.split("\n")]
    return max((each for each in found if each), key=lambda each: each.time, default=None)


def _verified(line: str, key: CosignerKey, checkpoint: str) -> Cosignature | None:
    match = _LINE.fullmatch(line)
    value = _strict_b64(match[2]) if match and match[1] == key.name else None
    if value is None or value[:4] != key.id or len(value) != 12 + SIGNATURE_BYTES[key.algorithm]:
        return None
    time, signature = int.from_bytes(value[4:12], "big"), value[12:]
    kind = Ed25519PublicKey if key.algorithm == COSIGNED_ED25519 else MLDSA44PublicKey
    try:
        kind.from_public_bytes(key.public).verify(signature, _message(key, time, checkpoint))
    except (InvalidSignature, ValueError):
        return None
    return Cosignature(f"{line}\n", time) if time <= TIME_MAX else None


def _message(key: CosignerKey, time: int, checkpoint: str) -> bytes:
    if key.algorithm == COSIGNED_ED25519:
        return f"cosignature/v1\ntime {time}\n{checkpoint}".encode()
    return mldsa_message(key.name, time, checkpoint)


def mldsa_message(name: str, time: int, checkpoint: str) -> bytes:
    """Return the bytes that ML-DSA-44 signs of a checkpoint's text at a time (docs/log_format.md section 3)."""
    origin, size, root = checkpoint.split("\n")[:3]
    cosigner, log = (bytes([len(each)]) + each for each in (name.encode(), origin.encode()))
    parts = (b"subtree/v1\n\0", cosigner, time.to_bytes(8, "big"), log, bytes(8), int(size).to_bytes(8, "big"))
    return b"".join(parts) + base64.b64decode(root)


def _strict_b64(text: str) -> bytes | None:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if base64.b64encode(value).decode() == text else None
