"""The promise: a signed note that a leaf will be in the log by a given time (docs/log_format.md section 5)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from service.campaigns.events import Rules
from service.eventlog.merkle import leaf_hash
from service.vault.keys import Keys

HOUR_S = 3600
PERIODS_SINCE = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday: docs/log_format.md section 7.3


def period_end(rules: Rules, now: datetime) -> datetime:
    """Return when what is confirmed now is appended at the latest: at once, at risk at the end of a period."""
    if rules.batch_max_s == 0:
        return now
    since_s = int((now - PERIODS_SINCE).total_seconds())
    ends_s = (since_s // rules.batch_max_s + 1) * rules.batch_max_s
    return datetime.fromtimestamp(PERIODS_SINCE.timestamp() + ends_s, UTC)


def promise_by(rules: Rules, now: datetime) -> int:
    """Return by when a leaf is promised, POSIX seconds: a full hour plus one, so that it does not tell the minute."""
    end_s = int(period_end(rules, now).timestamp())
    return -(-end_s // HOUR_S) * HOUR_S + HOUR_S


def promise_note(keys: Keys, vkey: str, signature: str, leaf: bytes, by: int) -> str:
    """Return the note signed by the key of promises with this verifier key; signing again gives the same bytes."""
    hashed = base64.b64encode(leaf_hash(leaf)).decode()
    return keys.sign_promise_note(f"petition-promise/v1\n{keys.origin}\n{signature}\n{hashed}\nby {by}\n", vkey)
