"""Answers that are kept for a moment, so that a thousand readers a second ask the database once."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Answer = TypeVar("Answer")
KEPT_MAX = 1_000  # answers; beyond that all are forgotten, so that invented addresses cannot fill the memory


class Fresh:
    """Remembers answers for `age_max_s` seconds. Pages may be that old; nothing that is decided may rest on it."""

    def __init__(self, age_max_s: float) -> None:
        self._age_max_s = age_max_s
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def get(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        """Return the answer to a question, asked anew if it is too old; what `ask` raises is not remembered."""
        now = time.monotonic()
        at, answer = self._kept.get(key, (-self._age_max_s, None))
        if now - at < self._age_max_s:
            return answer  # type: ignore[no-any-return]
        found = ask()
        if len(self._kept) >= KEPT_MAX:
            self._kept.clear()
        self._kept[key] = now, found
        return found
