"""How long what tells who signed is kept after an appeal's end (PRIVACY.md section 2)."""

from __future__ import annotations

from datetime import date, timedelta

SEALED_AFTER_DAYS = 30


def sealed_from(ended: str) -> str:
    """Return the first day on which an appeal that ended on a day is sealed (YYYY-MM-DD, UTC)."""
    return (date.fromisoformat(ended) + timedelta(days=SEALED_AFTER_DAYS)).isoformat()
