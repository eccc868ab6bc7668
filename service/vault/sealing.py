"""Sealing: AES-256-GCM of a person's record under their own data key, and of that key under a key-encryption key."""

from __future__ import annotations

import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.errors import PetitionError
from service.vault.keys import Keys
from service.vault.records import read_record, record_bytes

KEY_BYTES = 32  # AES-256
NONCE_BYTES = 12  # 96 bits, random: NIST SP 800-38D section 8.2.2
PADDED_TO_BYTES = 512  # sizes then tell nothing


class SealBroken(PetitionError):
    """What was sealed cannot be opened: it was altered, or stands at another place, or the key is another one."""

    code, status = "seal-broken", 500


def new_key() -> bytes:
    """Return a new random 256-bit data key."""
    return os.urandom(KEY_BYTES)


def record_associated(campaign: str, signature: str, commitment: str) -> bytes:
    """Return the associated data of a kept record and of its wrapped key: the record opens at no other signature."""
    return "\0".join((campaign, signature, commitment)).encode()


def seal(key: bytes, record: dict[str, Any], associated: bytes) -> bytes:
    """Seal a record of strings, integers, arrays and objects; the size is 28 bytes more than a multiple of 512.

    :raises TypeError: if the record holds null, a boolean, a fraction or bytes.
    """
    plain = record_bytes(record)
    padded = plain.ljust(-(-len(plain) // PADDED_TO_BYTES) * PADDED_TO_BYTES, b"\0")
    return _encrypt(key, padded, associated)


def unseal(key: bytes, sealed: bytes, associated: bytes) -> dict[str, Any]:
    """Return the record that was sealed.

    :raises SealBroken: if a byte of it, the key or the associated data is another.
    """
    padded = _decrypt(key, sealed, associated)
    try:
        return read_record(padded.rstrip(b"\0"))
    except ValueError as error:
        raise SealBroken("what was sealed under this key is not a record") from error


def seal_bytes(key: bytes, content: bytes, associated: bytes) -> bytes:
    """Seal a file; its size can be seen."""
    return _encrypt(key, content, associated)


def unseal_bytes(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Return the file that was sealed.

    :raises SealBroken: if a byte of it, the key or the associated data is another.
    """
    return _decrypt(key, sealed, associated)


def wrap(keys: Keys, data_key: bytes, associated: bytes) -> tuple[int, bytes]:
    """Wrap a data key under the newest key-encryption key and return that key's number and the wrapped key."""
    number = keys.newest_kek
    return number, _encrypt(keys.kek(number), data_key, associated)


def unwrap(keys: Keys, kek: int, wrapped: bytes, associated: bytes) -> bytes:
    """Return the data key that was wrapped under key-encryption key number `kek`.

    :raises SealBroken: if the wrapped key was altered, moved, or wrapped under another key.
    :raises KeyMissing: if there is no key-encryption key of that number.
    """
    return _decrypt(keys.kek(kek), wrapped, associated)


def _encrypt(key: bytes, plain: bytes, associated: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def _decrypt(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
    except (InvalidTag, ValueError) as error:  # ValueError: cut off within the nonce
        raise SealBroken() from error
