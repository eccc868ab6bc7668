"""Sealing for somebody outside, who alone can open it: HPKE (RFC 9180) in base mode."""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from service.errors import Refused

KEY_BYTES = 32
SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def check_recipient(key: str) -> None:
    """Check that a key can be sealed for. :raises Refused: unless it is the base64 of an X25519 public key."""
    seal_for(key, b"", b"")


def seal_for(key: str, content: bytes, info: bytes) -> bytes:
    """Seal for the holder of an X25519 key, given as base64: the encapsulated key (32 bytes) and the ciphertext.

    :raises Refused: if it is no such key.
    """
    advice = "The recipient's key is 32 bytes as base64: the auditor makes one with `sample --new-key FILE`."
    try:
        raw = base64.b64decode(key, validate=True)
        if len(raw) != KEY_BYTES or base64.b64encode(raw).decode() != key:
            raise Refused(advice)
        return SUITE.encrypt(content, X25519PublicKey.from_public_bytes(raw), info=info)
    except (binascii.Error, ValueError) as error:  # ValueError: a point of low order, with which nothing is secret
        raise Refused(advice) from error
