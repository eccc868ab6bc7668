"""Commitments: what the log fixes about a person without telling it (PRIVACY formulas ``petition/commit/v1``)."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from typing import Any

from service.vault.records import record_bytes

OPENING_BYTES = 64  # for every guess of the data some value fits: without it even unlimited computing confirms nothing


def new_opening_value() -> bytes:
    """Return 64 random bytes that hide, and later open, one commitment."""
    return os.urandom(OPENING_BYTES)


def commit(r: bytes, value: Any) -> str:
    """Return b64url(SHA-256("petition/commit/v1" || 0x00 || r || canonical(value))), 43 characters.

    :raises ValueError: if `r` is not 64 bytes.
    """
    return _digest(b"petition/commit/v1\0", r, record_bytes(value))


def contact(r1: bytes, norm: str) -> str:
    """Return the commitment to a normalised mail address."""
    return commit(r1, {"email": norm})


def person(r2: bytes, name: str, country: str | None = None) -> str:
    """Return the commitment to a name and, unless the person prefers not to say, a country (ISO 3166-1 alpha-2)."""
    return commit(r2, {"name": name} if country is None else {"country": country, "name": name})


def commitment(r3: bytes, contact: str, person: str) -> str:
    """Return the commitment that stands in the leaf: over the two others, so that each can be opened alone."""
    return commit(r3, {"contact": contact, "person": person})


def names_commitment(r: bytes, content: bytes) -> str:
    """Return the commitment to a letter's list of names (annex B): over the exact bytes of the file."""
    return _digest(b"petition/names/v1\0", r, content)


@dataclass(frozen=True, slots=True)
class Opening:
    """The three independent values that open a signature's commitment."""

    r1: bytes
    r2: bytes
    r3: bytes

    @classmethod
    def new(cls) -> Opening:
        """Return three new random values."""
        return cls(new_opening_value(), new_opening_value(), new_opening_value())

    @classmethod
    def from_record(cls, record: dict[str, str]) -> Opening:
        """Return the opening that `as_record` wrote.

        :raises KeyError: if a value is missing.
        """
        return cls(*(base64.urlsafe_b64decode(record[name] + "==") for name in ("r1", "r2", "r3")))

    def as_record(self) -> dict[str, str]:
        """Return the values as b64url text, for a sealed record or for the person who asks for it."""
        return {"r1": _b64url(self.r1), "r2": _b64url(self.r2), "r3": _b64url(self.r3)}

    def commitment(self, norm: str, name: str, country: str | None = None) -> str:
        """Return the commitment to a normalised address, a name and a country (none: not said)."""
        return commitment(self.r3, contact(self.r1, norm), person(self.r2, name, country))


def _digest(domain: bytes, r: bytes, content: bytes) -> str:
    if len(r) != OPENING_BYTES:
        raise ValueError(f"an opening value is {OPENING_BYTES} bytes, not {len(r)}")
    return _b64url(hashlib.sha256(domain + r + content).digest())


def _b64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
