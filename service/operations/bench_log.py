"""A made-up log that keeps every rule, as large as one likes and the same for the same seed: to measure its replay."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORIGIN = "petitions.example.org/log"
FIRST_DAY = date(2026, 1, 5)
DAYS = 60  # over which the signatures are spread
TALLY_EVERY = 5_000  # entries
CHANGES_EVERY = 60  # signatures: one of so many is withdrawn, renewed or invalidated later
LINES_AT_ONCE = 4_096
ORDINARY = {
    "risk": "ordinary", "unique": "hmac/1", "batch_min": 1, "batch_max_s": 0, "retention": "close+30d", "tally_min": 0,
}  # fmt: skip
AT_RISK = ORDINARY | {"risk": "at-risk", "batch_min": 8, "batch_max_s": 86_400, "retention": "forget"}


def write_log(path: Path, entries: int, seed: int) -> None:
    """Write a log of so many entries as gzip NDJSON, a part at a time; the same seed gives the same entries."""
    lines = islice(_Maker(entries, seed).lines(), entries)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        while part := list(islice(lines, LINES_AT_ONCE)):
            file.write(b"\n".join(part) + b"\n")


@dataclass
class _Campaign:
    """A campaign and what of its signatures later entries need."""

    name: str
    rules: dict[str, Any]
    text: str
    wording: str = field(default_factory=lambda: _hash("wording"))
    active: int = 0
    withdrawn: int = 0
    invalidated: int = 0
    recent: list[str] = field(default_factory=list)  # tokens that may change later
    gone: list[str] = field(default_factory=list)  # withdrawn ones that may sign again


class _Maker:
    """Yields entries in the order in which a service would append them."""

    def __init__(self, entries: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._entries = entries
        self._day = FIRST_DAY.isoformat()
        self._campaigns = [
            _Campaign(f"c_Bench{number:05}", AT_RISK if number == 2 else ORDINARY, _hash(f"text {number}"))
            for number in range(3)
        ]

    def lines(self) -> Iterator[bytes]:
        """Yield entries without end: opening, then signatures with tallies and letters between them."""
        yield self._log_opened()
        yield self._leaf("addressee.registered", addressee="some-court", document=_hash("record"))
        yield self._leaf("addressee.verified", addressee="some-court", document=_hash("record"))
        for campaign in self._campaigns:
            yield self._opened(campaign)
        index = 3 + len(self._campaigns)
        for turn in count():
            for leaf in self._signatures(index):
                yield leaf
                index += 1
            campaign = self._campaigns[turn % 2]
            yield self._tally(campaign, index)
            index += 1
            if turn % 10 == 9:
                for leaf in self._letter(campaign, turn, index):
                    yield leaf
                    index += 1

    def _signatures(self, index: int) -> Iterator[bytes]:
        day = min(DAYS - 1, index * DAYS // max(1, self._entries))
        self._day = (FIRST_DAY + timedelta(days=day)).isoformat()
        draw = self._random.random
        for number in range(TALLY_EVERY):
            # Nine of ten sign the appeal that everybody talks about; the one at risk comes in a batch of its own.
            chosen = 2 if number >= TALLY_EVERY - 64 else int(draw() < 0.1)
            campaign = self._campaigns[chosen]
            if campaign.recent and draw() * CHANGES_EVERY < 1:
                yield self._change(campaign)
            else:
                yield self._recorded(campaign)

    def _recorded(self, campaign: _Campaign) -> bytes:
        token = _b64url(self._random.randbytes(16))
        campaign.active += 1
        if len(campaign.recent) < 256:
            campaign.recent.append(token)
        return self._signed(campaign, token, "recorded")

    def _change(self, campaign: _Campaign) -> bytes:
        if campaign.gone and self._random.random() < 0.3:
            campaign.active, campaign.withdrawn = campaign.active + 1, campaign.withdrawn - 1
            return self._signed(campaign, campaign.gone.pop(), "renewed")
        token = campaign.recent.pop(self._random.randrange(len(campaign.recent)))
        campaign.active -= 1
        fields: dict[str, Any] = {"campaign": campaign.name, "signature": token}
        if self._random.random() < 0.2:
            campaign.invalidated += 1
            fields |= {"reason": "automated", "batch": "b_Bench00001", "approvals": 2}
            return self._leaf("signature.invalidated", **fields)
        campaign.withdrawn += 1
        campaign.gone.append(token)
        return self._leaf("signature.withdrawn", **fields)

    def _signed(self, campaign: _Campaign, token: str, kind: str) -> bytes:
        # Canonical by hand: nearly every entry is one of these, and a general writer takes five times as long.
        return (
            f'{{"campaign":"{campaign.name}","commitment":"{_b64url(self._random.randbytes(32))}","day":"{self._day}",'
            f'"method":"email/1","signature":"{token}","text":"{campaign.text}","type":"signature.{kind}","v":1,'
            f'"wording":"{campaign.wording}"}}'
        ).encode()

    def _tally(self, campaign: _Campaign, index: int) -> bytes:
        counts = {"active": campaign.active, "outdated": 0, "withdrawn": campaign.withdrawn}
        return self._leaf(
            "tally.published", campaign=campaign.name, text=campaign.text, at_size=index, **counts,
            invalidated=campaign.invalidated, by_country={}, merged=campaign.active, erased=0,
        )  # fmt: skip

    def _letter(self, campaign: _Campaign, turn: int, index: int) -> Iterator[bytes]:
        name, pdf = f"l_{turn:010}", _hash(f"pdf {turn}")
        parts = {part: _hash(f"{part} {turn}") for part in ("input", "template", "fonts", "plain", "annex")}
        yield self._leaf(
            "letter.composed", letter=name, campaign=campaign.name, addressee="some-court", record=_hash("record"),
            kind="court_open_letter", language="tr", at_size=index, text=campaign.text, active=campaign.active,
            engine="typst-0.15.1", pdf=pdf, pdf_bytes=40_000, named=0, **parts,
        )  # fmt: skip
        yield self._leaf("letter.approved", letter=name, approvals=2, pdf=pdf)
        evidence = _hash(f"evidence {turn}")
        yield self._leaf("letter.handed_over", letter=name, channel="email", attempt=1, evidence=evidence, named=0)

    def _opened(self, campaign: _Campaign) -> bytes:
        return self._leaf(
            "campaign.opened", campaign=campaign.name, text=campaign.text, wording=campaign.wording, language="en",
            opens=self._day, closes="2026-12-31", addressees=["some-court"], rules=campaign.rules,
        )  # fmt: skip

    def _log_opened(self) -> bytes:
        keys = {"log_key": self._vkey(ORIGIN), "promise_key": self._vkey(f"{ORIGIN}/promise")}
        return self._leaf("log.opened", origin=ORIGIN, **keys)

    def _vkey(self, name: str) -> str:
        public = Ed25519PrivateKey.from_private_bytes(self._random.randbytes(32)).public_key()
        raw = b"\x01" + public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        digits = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
        return f"{name}+{digits}+{base64.b64encode(raw).decode()}"

    def _leaf(self, kind: str, /, **fields: Any) -> bytes:
        event = {"v": 1, "type": kind, "day": self._day, **fields}
        return json.dumps(event, sort_keys=True, separators=(",", ":")).encode()


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def _b64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
