"""Time in a log comes from cosignatures alone: when an entry was there at the latest (docs/log_format.md section 8)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from service.audit.published import Signed

CLOCKS_DIFFER_S = 900  # docs/log_format.md section 7.3: 15 minutes
STALE_S = 3_600  # section 4: an older view than an hour is stale


class CosignedSize(msgspec.Struct, frozen=True):
    """A size of the log that witnesses cosigned: POSIX seconds of the first and the last of them, and their names."""

    size: int
    first: int
    last: int
    witnesses: list[str]


class Limits:
    """The times by which the entries of a log were there, and the days that they may state because of it."""

    def __init__(self, cosigned: Iterable[CosignedSize] = ()) -> None:
        found = sorted(cosigned, key=lambda each: each.size)
        self._sizes, self._times = [each.size for each in found], [each.first for each in found]
        # A later size covers all that an earlier one does: what counts for an entry is the earliest of them.
        for place in range(len(found) - 2, -1, -1):
            self._times[place] = min(self._times[place], self._times[place + 1])

    def covered_by(self, index: int) -> int | None:
        """Gives the time of the first cosignature that covers an entry, in POSIX seconds."""
        place = bisect_right(self._sizes, index)
        return self._times[place] if place < len(self._sizes) else None

    def next_change(self, index: int) -> int | None:
        """Gives the size up to which entries have the same limit as this one."""
        place = bisect_right(self._sizes, index)
        return self._sizes[place] if place < len(self._sizes) else None


def cosigned_sizes(checkpoints: Iterable[Signed]) -> list[CosignedSize]:
    """Gathers what witnesses say of a log's sizes, by size."""
    times: dict[int, list[tuple[str, int]]] = {}
    for checkpoint in checkpoints:
        times.setdefault(checkpoint.size, []).extend(checkpoint.cosigned)
    return [_summed_up(size, said) for size, said in sorted(times.items()) if said]


def _summed_up(size: int, said: list[tuple[str, int]]) -> CosignedSize:
    moments = [time for _, time in said]
    return CosignedSize(size, min(moments), max(moments), sorted({name for name, _ in said}))


def day_at(time: int) -> str:
    """Gives the UTC day of a time in POSIX seconds; a time beyond the year 9999 has the last day there is."""
    return moment(time)[:10]


def moment(time: int) -> str:
    """Gives a time in POSIX seconds for people, in UTC."""
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "9999-12-31T23:59:59Z"
