"""The bytes of a private record: canonical JSON in which text may hold any UTF-8 in NFC."""

from __future__ import annotations

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="sorted")


def record_bytes(value: Any) -> bytes:
    """Return the canonical JSON (RFC 8785 subset, docs/log_format.md section 7) that is sealed or committed to.

    :raises TypeError: for null, booleans and fractions, which the format does not have.
    """
    _refuse_foreign(value)
    return _encoder.encode(value)


def read_record(encoded: bytes) -> dict[str, Any]:
    """Return the record that `record_bytes` wrote.

    :raises ValueError: if these are not the canonical bytes of one object.
    """
    try:
        value = msgspec.json.decode(encoded, type=dict[str, Any])
        if record_bytes(value) == encoded:
            return value
    except (msgspec.DecodeError, TypeError) as error:
        raise ValueError("a private record is not the canonical JSON of an object") from error
    raise ValueError("a private record is JSON, but not in its canonical form")


def _refuse_foreign(value: Any) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_foreign(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_foreign(inner)
    elif isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError(f"a private record has no values of type {type(value).__name__}")
