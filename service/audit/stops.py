"""Where a replay that shows an earlier state has to stop: at a size, or at the end of a day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DAY = re.compile(rb'"day":"([0-9]{4}-[0-9]{2}-[0-9]{2})"')


@dataclass
class Stop:
    """A size, or a day: then the entries before the first one of a later day are taken."""

    size: int | None = None
    day: str | None = None
    taken: int = 0
    is_reached: bool = False

    def take(self, leaves: Sequence[bytes]) -> Sequence[bytes]:
        """Gives the leaves that are still to be replayed."""
        count = 0 if self.is_reached else self._count(leaves)
        self.is_reached = self.is_reached or count < len(leaves) or self.taken + count == self.size
        self.taken += count
        return leaves[:count]

    def _count(self, leaves: Sequence[bytes]) -> int:
        if self.size is not None:
            return min(len(leaves), self.size - self.taken)
        last = (self.day or "").encode()
        for place, leaf in enumerate(leaves):
            found = _DAY.search(leaf)
            if found is not None and found[1] > last:
                return place
        return len(leaves)
