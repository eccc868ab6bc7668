"""A campaign's counts, now and at every earlier size of the log."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from typing import NamedTuple

ACTIVE, WITHDRAWN, INVALIDATED = "active", "withdrawn", "invalidated"


class Status(NamedTuple):
    """What is known of one signature: its state, last text, campaign; batch and reason of a standing invalidation."""

    state: str
    text: str
    campaign: str
    batch: str = ""
    reason: str = ""


class CountsAt(NamedTuple):
    """A campaign's counts at one size of the log (docs/log_format.md section 7.4)."""

    active: int  # standing for the current text
    outdated: int
    withdrawn: int
    invalidated: int


class Counts:
    """Counts a campaign's signatures; keeps 24 bytes per signature event to answer for every earlier size."""

    def __init__(self, stands: frozenset[str]) -> None:
        self.by_text: Counter[str] = Counter()  # active signatures by their last text
        self.reasons: Counter[str] = Counter()  # invalidated signatures by reason
        self._stands = stands
        self._active = self._all_active = self._withdrawn = self._invalidated = 0
        self._indices = array("Q")
        self._rows = (array("I"), array("I"), array("I"), array("I"))
        self._text_changes: set[int] = set()

    def now(self) -> CountsAt:
        """Gives the counts after the newest event."""
        return CountsAt(self._active, self._all_active - self._active, self._withdrawn, self._invalidated)

    def at(self, size: int) -> CountsAt:
        """Gives the counts after the first `size` entries of the log."""
        row = bisect_left(self._indices, size) - 1
        if row < 0:
            return CountsAt(0, 0, 0, 0)
        active, all_active, withdrawn, invalidated = (column[row] for column in self._rows)
        return CountsAt(active, all_active - active, withdrawn, invalidated)

    def is_signature_entry(self, index: int) -> bool:
        """Tells whether the entry at the index is a signature event of this campaign."""
        row = bisect_left(self._indices, index)
        return row < len(self._indices) and self._indices[row] == index and index not in self._text_changes

    def move(self, index: int, before: Status | None, after: Status) -> None:
        """Counts one signature's step from one status to the next."""
        if before is not None:
            self._add(before, -1)
        self._add(after, 1)
        self._keep(index)

    def change_text(self, index: int, stands: frozenset[str]) -> None:
        """Counts anew who stands for the current text, after it changed."""
        self._stands = stands
        self._active = sum(self.by_text[text] for text in stands)
        self._text_changes.add(index)
        self._keep(index)

    def _add(self, status: Status, step: int) -> None:
        if status.state == ACTIVE:
            self.by_text[status.text] += step
            self._all_active += step
            if status.text in self._stands:
                self._active += step
        elif status.state == WITHDRAWN:
            self._withdrawn += step
        else:
            self._invalidated += step
            self.reasons[status.reason] += step

    def _keep(self, index: int) -> None:
        active, all_active, withdrawn, invalidated = self._rows
        self._indices.append(index)
        active.append(self._active)
        all_active.append(self._all_active)
        withdrawn.append(self._withdrawn)
        invalidated.append(self._invalidated)
