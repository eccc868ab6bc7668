"""Answers that are kept for a moment, so that a thousand readers a second ask the database once."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Answer = TypeVar("Answer")
KEPT_MAX = 1_000  # answers; beyond that all are forgotten, so that invented addresses cannot fill the memory
NEVER = (-math.inf, None)


class Fresh:
    """Remembers answers for `age_max_s` seconds. Pages may be that old; nothing that is decided may rest on it.

    Who asks while another request asks the same waits for its answer: a crowd asks once.
    """

    def __init__(self, age_max_s: float) -> None:
        self._age_max_s = age_max_s
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._asking: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        """Return the answer to a question, asked anew if it is too old; what `ask` raises is not remembered."""
        after = time.monotonic() - self._age_max_s
        at, answer = self._kept.get(key, NEVER)
        if at > after:
            return answer  # type: ignore[no-any-return]
        with self._asking.setdefault(key, threading.Lock()):
            try:
                at, answer = self._kept.get(key, NEVER)  # somebody may have asked while this one waited
                return answer if at > after else self._asked(key, ask)
            finally:
                self._asking.pop(key, None)

    def _asked(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        now, found = time.monotonic(), ask()
        if len(self._kept) >= KEPT_MAX:
            self._kept.clear()
        self._kept[key] = now, found
        return found
