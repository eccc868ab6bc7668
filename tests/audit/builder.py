"""Builds logs entry by entry, with the standard library alone: right ones, and properly formed lies."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORIGIN = "petition.example/log"
ORDINARY = {
    "risk": "ordinary", "unique": "hmac/1", "batch_min": 1, "batch_max_s": 0, "retention": "close+30d", "tally_min": 5,
}  # fmt: skip
AT_RISK = ORDINARY | {"risk": "at-risk", "batch_min": 8, "batch_max_s": 86_400, "retention": "forget", "tally_min": 0}


def vkey(name: str, seed: int, algorithm: int = 1) -> str:
    """Return the verifier key of an Ed25519 seed of 32 equal bytes."""
    public = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32).public_key()
    raw = bytes([algorithm]) + public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"{name}+{key_id(name, raw)}+{base64.b64encode(raw).decode()}"


def key_id(name: str, raw: bytes) -> str:
    """Return the eight hex digits that name a key."""
    return hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex()


def hashed(word: str) -> str:
    """Return the hash of a made-up document."""
    return hashlib.sha256(word.encode()).hexdigest()


def token(number: int, campaign: str = "") -> str:
    """Return a made-up signature id."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{campaign}/{number}".encode()).digest()[:16]).decode().rstrip("=")


def commitment(word: str) -> str:
    """Return a made-up commitment."""
    return base64.urlsafe_b64encode(hashlib.sha256(word.encode()).digest()).decode().rstrip("=")


class Builder:
    """A log under construction: `add` appends an event of today and returns its index."""

    def __init__(self, day: str = "2026-01-05") -> None:
        self.day = day
        self.events: list[dict[str, Any]] = []
        self.add("log.opened", origin=ORIGIN, log_key=vkey(ORIGIN, 1), promise_key=vkey(f"{ORIGIN}/promise", 3))

    def add(self, kind: str, /, **fields: Any) -> int:
        """Append an event; a field `class_` is written as `class`."""
        event = {"v": 1, "type": kind, "day": self.day} | {name.rstrip("_"): value for name, value in fields.items()}
        self.events.append(event)
        return len(self.events) - 1

    def lines(self) -> list[bytes]:
        """Return the leaves."""
        return [json.dumps(e, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() for e in self.events]

    def office(self, slug: str, *, verified: bool = True) -> None:
        """Register an addressee."""
        self.add("addressee.registered", addressee=slug, document=hashed(slug))
        if verified:
            self.add("addressee.verified", addressee=slug, document=hashed(slug))

    def campaign(self, name: str, rules: dict[str, Any] = ORDINARY, **changed: Any) -> str:
        """Open a campaign and return its id."""
        fields: dict[str, Any] = {
            "campaign": name, "text": hashed(f"{name} text"), "wording": hashed("wording"), "language": "en",
            "opens": self.day, "closes": "2026-12-31", "addressees": ["some-court"], "rules": rules,
        }  # fmt: skip
        self.add("campaign.opened", **(fields | changed))
        return name

    def signs(self, campaign: str, number: int, kind: str = "recorded", **changed: Any) -> int:
        """Record or renew a signature."""
        fields = {
            "campaign": campaign, "signature": token(number, campaign), "commitment": commitment(f"{campaign}{number}"),
            "text": hashed(f"{campaign} text"), "wording": hashed("wording"), "method": "email/1",
        }  # fmt: skip
        return self.add(f"signature.{kind}", **(fields | changed))

    def withdraws(self, campaign: str, number: int) -> int:
        """Withdraw a signature."""
        return self.add("signature.withdrawn", campaign=campaign, signature=token(number, campaign))

    def letter(self, name: str, campaign: str, active: int, **changed: Any) -> int:
        """Compose a letter at the present size."""
        fields: dict[str, Any] = {
            "letter": name, "campaign": campaign, "addressee": "some-court", "record": hashed("some-court"),
            "kind": "court_open_letter", "language": "tr", "at_size": len(self.events),
            "text": hashed(f"{campaign} text"), "active": active, "engine": "typst-0.15.1", "pdf_bytes": 12_345,
            "named": 0,
        }  # fmt: skip
        fields |= {part: hashed(f"{name} {part}") for part in ("input", "template", "fonts", "pdf", "plain", "annex")}
        return self.add("letter.composed", **(fields | changed))
