"""Signed notes: text with Ed25519 signatures of named keys (docs/log_format.md section 3, C2SP signed-note v1.0.0)."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = 0x01  # signature type of a log's and a promise's key


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the four bytes that tell an Ed25519 key apart from others of the same name.

    :raises ValueError: if the name is empty or holds white space or a plus sign.
    """
    if not name or "+" in name or any(character.isspace() for character in name):
        raise ValueError(f"a key's name is not empty and holds no white space and no plus sign: {name!r}")
    return hashlib.sha256(name.encode() + b"\n" + _typed(public_key)).digest()[:4]


def vkey(name: str, public_key: bytes) -> str:
    """Return the verifier key that people pin: name, id in hex, and the public key (32 bytes) in base64."""
    return f"{name}+{key_id(name, public_key).hex()}+{_b64(_typed(public_key))}"


def sign_note(text: str, name: str, *private_keys: Ed25519PrivateKey) -> str:
    """Return the note: the text, an empty line and a signature line for each key.

    :raises ValueError: if the text does not end in a newline or holds another control character.
    """
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise ValueError("a note's text ends in a newline and holds no other control character")
    lines = []
    for private_key in private_keys:
        identity = key_id(name, private_key.public_key().public_bytes_raw())
        lines.append(f"\N{EM DASH} {name} {_b64(identity + private_key.sign(text.encode()))}\n")
    return "\n".join([text, "".join(lines)])


def _typed(public_key: bytes) -> bytes:
    return bytes([ED25519]) + public_key


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()
