"""Cosigns checkpoints as witnesses do (C2SP tlog-cosignature), with the standard library and cryptography alone."""

from __future__ import annotations

import base64
import calendar
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from tests.audit.builder import key_id, vkey


def seconds(text: str) -> int:
    """Return the POSIX seconds of a time such as 2026-01-05T12:00:00."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))


def witness(number: int) -> str:
    """Return the verifier key of a witness that cosigns with Ed25519."""
    return vkey(f"witness.example/{number}", 20 + number, 4)


def cosigned(note: bytes, at: int, *numbers: int) -> bytes:
    """Return the note with cosignatures of these witnesses at a time, in POSIX seconds."""
    text = note.rpartition(b"\n\n")[0] + b"\n"
    for number in numbers:
        key = Ed25519PrivateKey.from_private_bytes(bytes([20 + number]) * 32)
        signature = key.sign(b"cosignature/v1\ntime %d\n" % at + text)
        note += _line(witness(number), at.to_bytes(8, "big") + signature)
    return note


def _mldsa(number: int) -> MLDSA44PrivateKey:
    return MLDSA44PrivateKey.from_seed_bytes(bytes([40 + number]) * 32)


def mldsa_witness(number: int) -> str:
    """Return the verifier key of a witness that cosigns with ML-DSA-44."""
    name, raw = f"witness.example/pq{number}", b"\x06" + _mldsa(number).public_key().public_bytes_raw()
    return f"{name}+{key_id(name, raw)}+{base64.b64encode(raw).decode()}"


def mldsa_cosigned(note: bytes, at: int, number: int) -> bytes:
    """Return the note with the cosignature of such a witness at a time, in POSIX seconds."""
    origin, size, root = note.split(b"\n")[:3]
    name = mldsa_witness(number).split("+")[0].encode()
    message = b"subtree/v1\n\0" + bytes([len(name)]) + name + at.to_bytes(8, "big") + bytes([len(origin)]) + origin
    message += bytes(8) + int(size).to_bytes(8, "big") + base64.b64decode(root)
    return note + _line(mldsa_witness(number), at.to_bytes(8, "big") + _mldsa(number).sign(message))


def _line(key: str, value: bytes) -> bytes:
    name, digits, _ = key.split("+", 2)
    return f"— {name} {base64.b64encode(bytes.fromhex(digits) + value).decode()}\n".encode()
