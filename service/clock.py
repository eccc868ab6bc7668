"""The only place that reads the time: everything else is given a clock or a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment, aware and in UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


class SteppedClock:
    """The machine's clock moved by an offset in seconds that several processes read from one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        """Return the machine's time plus the offset in the file (none: no offset)."""
        return datetime.now(UTC) + timedelta(seconds=self._offset_s())

    def advance_to(self, moment: datetime) -> None:
        """Move the clock of all processes forward so that it is at least `moment`."""
        missing_s = (moment - self.now()).total_seconds()
        if missing_s > 0:
            temporary = self.path.with_suffix(".new")
            temporary.write_text(str(self._offset_s() + missing_s))
            temporary.replace(self.path)

    def _offset_s(self) -> float:
        return float(self.path.read_text()) if self.path.exists() else 0.0


class FixedClock:
    """A clock that a test sets."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment that was set."""
        return self.moment


def day_of(moment: datetime) -> str:
    """Return the UTC day of a moment as ``YYYY-MM-DD``."""
    return moment.astimezone(UTC).date().isoformat()


def monday_of(day: str) -> str:
    """Return the Monday of the ISO week that `day` lies in."""
    found = date.fromisoformat(day)
    return (found - timedelta(days=found.weekday())).isoformat()
