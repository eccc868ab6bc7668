"""Which signatures a sample audit opens, drawn by lot (docs/log_format.md section 10)."""

from __future__ import annotations

import base64
import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from service.audit import leaves
from service.audit.decoding import decode
from service.audit.problems import Refused

DOMAIN = b"petition-audit/v1\0"
RANDOM_BYTES = 32
_ABOUT_SIGNATURES = b'"type":"signature.'


@dataclass(frozen=True)
class Chain:
    """A chain of drand's rounds: its hash, when round 1 was, and how far apart they are."""

    hash: str
    first: int  # POSIX seconds
    every_s: int

    def seconds(self, number: int) -> int:
        """Gives the time of a round, in POSIX seconds."""
        return self.first + (number - 1) * self.every_s


CHAINS = {  # section 10
    "quicknet": Chain("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", 1692803367, 3),
    "default": Chain("8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce", 1595431050, 30),
}


def draw(checkpoint: str, randomness: bytes, population: int, size: int) -> list[int]:
    """Gives the positions drawn, in order; `checkpoint` is its three lines.

    :raises ValueError: if there are too few.
    """
    if size > population or len(randomness) != RANDOM_BYTES:
        raise ValueError(f"cannot draw {size} of {population} with {len(randomness)} random bytes")
    limit, seed = 1 << 256, DOMAIN + checkpoint.encode() + randomness
    positions: list[int] = []
    seen: set[int] = set()
    i = 0
    while len(positions) < size:
        h = int.from_bytes(hashlib.sha256(seed + i.to_bytes(8, "big")).digest(), "big")
        i += 1
        if h >= limit - limit % population or h % population in seen:
            continue
        seen.add(h % population)
        positions.append(h % population)
    return positions


class Population:
    """A campaign's signatures as its entries come: on which entry each active one stands, and what that commits to."""

    def __init__(self, campaign: str) -> None:
        self._marker = f'"campaign":"{campaign}"'.encode()
        self._campaign = campaign
        self._size = 0
        self._stands_on: dict[bytes, int] = {}  # by signature; negative, minus one: of one that is not active
        self._entries = array("Q")  # those that carry a commitment
        self._commitments = bytearray()  # of each, 32 bytes

    def feed(self, some: Sequence[bytes]) -> None:
        """Takes in the next entries; what cannot be read is an error of the replay, and no signature here."""
        for index, leaf in enumerate(some, self._size):
            if _ABOUT_SIGNATURES in leaf and self._marker in leaf:
                self._apply(index, leaf)
        self._size += len(some)

    def entries(self) -> list[int]:
        """Gives the entries that active signatures stand on, in order."""
        return sorted(entry for entry in self._stands_on.values() if entry >= 0)

    def commitment(self, entry: int) -> str:
        """Gives the commitment in an entry. :raises KeyError: if it carries none."""
        place = bisect_left(self._entries, entry)
        if place == len(self._entries) or self._entries[place] != entry:
            raise KeyError(entry)
        return base64.urlsafe_b64encode(self._commitments[place * 32 : place * 32 + 32]).decode().rstrip("=")

    def _apply(self, index: int, leaf: bytes) -> None:
        try:
            event = decode(leaf)
        except Refused:
            return
        if isinstance(event, leaves.SignatureRecorded | leaves.SignatureRenewed):
            self._stands_on[_bytes(event.signature)] = index
            self._entries.append(index)
            self._commitments += _bytes(event.commitment)
        elif isinstance(event, leaves.SignatureWithdrawn | leaves.SignatureInvalidated):
            self._turn(event.signature, active=False)
        elif isinstance(event, leaves.SignatureReinstated):
            self._turn(event.signature, active=True)

    def _turn(self, signature: str, *, active: bool) -> None:
        key = _bytes(signature)
        entry = self._stands_on.get(key)
        if entry is not None and (entry >= 0) != active:
            self._stands_on[key] = -entry - 1


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
