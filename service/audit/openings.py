"""Openings: a supporter shows what the commitment in an entry stands for (docs/design/PRIVACY.md section 3)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import unicodedata
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from service.audit.countries import COUNTRIES

LARGEST_OPENING = 64_000  # bytes
OPENING_BYTES = 64  # of r1, r2 and r3


class BadOpening(ValueError):
    """An opening is malformed, or opens another commitment; the text says which."""


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the supporter was asked to confirm: the normalised address."""

    email: str


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who signed."""

    name: str
    country: str | UnsetType = UNSET


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a commitment stands for, and the three random values that hid it."""

    v: Literal[1]
    r1: str
    r2: str
    r3: str
    contact: Contact
    person: Person


def read_opening(content: bytes) -> Opening:
    """Return the opening in a file. :raises BadOpening: if it is not exactly one canonical JSON object of its form."""
    if len(content) > LARGEST_OPENING:
        raise BadOpening(f"an opening of {len(content)} bytes: more than {LARGEST_OPENING}")
    try:
        opening = msgspec.json.decode(content, type=Opening)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadOpening(f"not an opening: {error}") from error
    if _canonical(msgspec.to_builtins(opening)) != content.removesuffix(b"\n"):
        raise BadOpening("not an opening: it is canonical JSON, keys sorted, no spaces")
    check_opening(opening)
    return opening


def check_opening(opening: Opening) -> None:
    """Check what an opening's form does not say. :raises BadOpening: if a text, country or value cannot be one."""
    texts = (opening.contact.email, opening.person.name)
    if any(unicodedata.normalize("NFC", text) != text or not text for text in texts):
        raise BadOpening("a name or address in the opening is empty, or not in Unicode's normal form NFC")
    country = opening.person.country
    if not isinstance(country, UnsetType) and country not in COUNTRIES:
        raise BadOpening(f"the opening's country is {country[:40]!r}, none of ISO 3166-1 alpha-2")
    for name in ("r1", "r2", "r3"):
        decoded(name, getattr(opening, name))


def commitment_of(opening: Opening) -> str:
    """Return the commitment that the opening opens, as it stands in an entry."""
    r1, r2, r3 = (decoded(name, getattr(opening, name)) for name in ("r1", "r2", "r3"))
    contact = commit(r1, msgspec.to_builtins(opening.contact))
    person = commit(r2, msgspec.to_builtins(opening.person))
    return commit(r3, {"contact": contact, "person": person})


def commit(r: bytes, value: dict[str, Any]) -> str:
    """Return the commitment to a value under 64 random bytes (docs/design/PRIVACY.md section 3)."""
    return b64url(hashlib.sha256(b"petition/commit/v1\0" + r + _canonical(value)).digest())


def _canonical(value: dict[str, Any]) -> bytes:
    # RFC 8785 for what stands here: text and one small integer. Keys are ASCII, so their order is the same everywhere.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def decoded(name: str, text: str) -> bytes:
    """Return the 64 bytes of an opening value. :raises BadOpening: if the text is none."""
    try:
        value = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadOpening(f"{name} in the opening is not base64url") from error
    if len(value) != OPENING_BYTES or b64url(value) != text:
        raise BadOpening(f"{name} in the opening is not {OPENING_BYTES} bytes as base64url without padding")
    return value


def b64url(value: bytes) -> str:
    """Return base64url without padding, as commitments are written."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
