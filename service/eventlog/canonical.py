"""Canonical JSON: the RFC 8785 subset of docs/log_format.md section 7."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """Return the canonical JSON of objects, arrays, strings and integers.

    :raises TypeError: for null, booleans and fractions, which the format does not have.
    """
    _refuse_foreign(value)
    return _encoder.encode(value)


def document_hash(content: bytes) -> str:
    """Return the lower-case hex SHA-256 under which a document is kept."""
    return hashlib.sha256(content).hexdigest()


def _refuse_foreign(value: Any) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_foreign(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_foreign(inner)
    elif value is None or isinstance(value, (bool, float)):
        raise TypeError(f"canonical JSON has no {value!r}")
