"""A campaign's counts, now and at every earlier size of the log."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
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
    """Counts a campaign's signatures; keeps 8 bytes per signature, 32 per change, to answer for every earlier size."""

    def __init__(self, stands: frozenset[str]) -> None:
        self.by_text: Counter[str] = Counter()  # active signatures by their last text
        self.reasons: Counter[str] = Counter()  # invalidated signatures by reason
        self._stands = stands
        self._active = self._all_active = self._withdrawn = self._invalidated = 0
        self._recorded = array("Q")  # indices of the entries that add one active signature, and do nothing else
        self._changes = array("Q")  # indices of all others, each with the counts after it and the number recorded
        self._rows = (array("I"), array("I"), array("I"), array("I"), array("Q"))
        self._text_changes: set[int] = set()

    def now(self) -> CountsAt:
        """Gives the counts after the newest event."""
        return CountsAt(self._active, self._all_active - self._active, self._withdrawn, self._invalidated)

    def at(self, size: int) -> CountsAt:
        """Gives the counts after the first `size` entries of the log."""
        row = bisect_left(self._changes, size) - 1
        counts = [column[row] for column in self._rows] if row >= 0 else [0, 0, 0, 0, 0]
        active, all_active, withdrawn, invalidated, recorded = counts
        since = bisect_left(self._recorded, size) - recorded
        return CountsAt(active + since, all_active - active, withdrawn, invalidated)

    def is_signature_entry(self, index: int) -> bool:
        """Tells whether the entry at the index is a signature event of this campaign."""
        return _holds(self._recorded, index) or (_holds(self._changes, index) and index not in self._text_changes)

    def record(self, indices: Sequence[int], text: str) -> None:
        """Counts signatures recorded at these entries, for a text that stands for the current one."""
        self.by_text[text] += len(indices)
        self._active += len(indices)
        self._all_active += len(indices)
        self._recorded.extend(indices)

    def move(self, index: int, before: Status, after: Status) -> None:
        """Counts one signature's step from one status to the next."""
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
        self._changes.append(index)
        counts = (self._active, self._all_active, self._withdrawn, self._invalidated, len(self._recorded))
        for column, count in zip(self._rows, counts, strict=True):
            column.append(count)


def _holds(indices: array[int], index: int) -> bool:
    place = bisect_left(indices, index)
    return place < len(indices) and indices[place] == index
