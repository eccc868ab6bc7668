"""The flood limit: how many mails an address got lately, counted in memory by a keyed hash and never shown."""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from datetime import datetime, timedelta

from service.outbox.message import with_a_label

LIMIT = 3  # mails to one address, over all campaigns; PRIVACY section 8
PERIOD = timedelta(hours=24)


class FloodLimit:
    """Counts what each address got in 24 hours, as long as the process lives; the hash's key is never stored."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._sent: dict[bytes, list[datetime]] = {}
        self._swept: datetime | None = None

    def allows(self, address: str, now: datetime) -> bool:
        """Return whether one more mail may go to the address."""
        sent = self._sent.get(self._hash(address), [])
        return sum(moment > now - PERIOD for moment in sent) < LIMIT

    def count(self, address: str, now: datetime) -> None:
        """Remember that a mail went, or may have gone, to the address."""
        self._forget_old(now)
        self._sent.setdefault(self._hash(address), []).append(now)

    def _forget_old(self, now: datetime) -> None:
        if self._swept is not None and now - self._swept < timedelta(hours=1):
            return
        fresh = {key: [moment for moment in sent if moment > now - PERIOD] for key, sent in self._sent.items()}
        self._sent = {key: sent for key, sent in fresh.items() if sent}
        self._swept = now

    def _hash(self, address: str) -> bytes:
        folded = unicodedata.normalize("NFC", with_a_label(address.strip().removesuffix(".")).casefold())
        return hmac.digest(self._key, folded.encode(), hashlib.sha256)[:16]
