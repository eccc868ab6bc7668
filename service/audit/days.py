"""Days: the only time in the log."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

DAY_S = 86_400  # seconds
_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@lru_cache(maxsize=4096)
def is_day(value: str) -> bool:
    """Tells whether the text is `YYYY-MM-DD` and such a day exists (docs/log_format.md section 7)."""
    if not _SHAPE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def monday_of(day: str) -> str:
    """Gives the Monday of the day's week."""
    then = date.fromisoformat(day)
    # The first days of year 1 have no earlier Monday that a date can hold.
    return (then - timedelta(days=min(then.weekday(), then.toordinal() - 1))).isoformat()


@lru_cache(maxsize=4096)
def days_between(earlier: str, later: str) -> int:
    """Counts the days from the earlier day to the later one; negative if they stand the other way round."""
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days
