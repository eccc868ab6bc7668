"""Whether what public pages show is still as it was: asked of the database about once a second, by one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

STALE_MAX_S = 5.0  # PERFORMANCE.md section 4: no count is shown that is known to be older
WAIT_MAX_S = 2.0  # for the request that asks; then the database counts as away


@dataclass(frozen=True)
class Version:
    """What the state is called, when it was asked (monotonic seconds), and whether nobody answered."""

    name: Hashable
    asked: float
    is_away: bool


class Standing:
    """Knows the version of all that public pages show."""

    def __init__(self, ask: Callable[[], Hashable], age_max_s: float) -> None:
        self._ask = ask
        self._age_max_s = age_max_s
        self._known = Version(None, float("-inf"), False)
        self._turn = threading.Lock()

    def now(self) -> Version:
        """Return the version, `age_max_s` old or, while somebody else is asking, up to STALE_MAX_S."""
        age_s = time.monotonic() - self._known.asked
        if age_s < self._age_max_s:
            return self._known
        must_wait = age_s > STALE_MAX_S and not self._known.is_away
        if not (self._turn.acquire(timeout=WAIT_MAX_S) if must_wait else self._turn.acquire(blocking=False)):
            return Version(None, time.monotonic(), True) if must_wait else self._known
        try:
            if must_wait and time.monotonic() - self._known.asked < self._age_max_s:
                return self._known  # the one before us has asked
            self._known = self._asked()
        finally:
            self._turn.release()
        return self._known

    def _asked(self) -> Version:
        since = time.monotonic()
        try:
            return Version(self._ask(), since, False)
        except Exception:  # whatever it is: what is in memory is better than an error, and is marked as old
            return Version(None, time.monotonic(), True)
