"""When an office works, by its record: hours, time zone, and the day by which an answer is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.errors import Refused

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = re.compile(rf"({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))? (\d\d:\d\d)-(\d\d:\d\d)")
# Offices are bound to answer petitions alone (Law 3071 art. 7 and 8): a letter for information obliges nobody.
ANSWERED_KINDS = ("ministry_petition", "parliament")


@dataclass(frozen=True)
class OfficeHours:
    """The hours of an office on its days of work, in its own time zone; `opens` none: they are not known."""

    zone: ZoneInfo
    days: frozenset[int]  # 0 is Monday
    opens: time | None
    closes: time | None

    @staticmethod
    def of(record: dict[str, Any]) -> OfficeHours:
        """Return the hours that a record states.

        :raises Refused: if its time zone or its hours cannot be read: then nobody knows when to write to it.
        """
        try:
            zone = ZoneInfo(record.get("time_zone") or "UTC")
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise Refused(f"{record['id']}: the time zone {record['time_zone']!r} is not known") from error
        written = record.get("hours", "")
        if not written:
            return OfficeHours(zone, frozenset(range(7)), None, None)
        found = _HOURS.fullmatch(written)
        if found is None:
            raise Refused(f'{record["id"]}: the hours {written!r} cannot be read: write "Mon-Fri 09:00-17:00"')
        first = DAYS.index(found[1])
        length = (DAYS.index(found[2] or found[1]) - first) % 7
        days = frozenset((first + step) % 7 for step in range(length + 1))
        try:
            opens, closes = time.fromisoformat(found[3]), time.fromisoformat(found[4])
        except ValueError as error:
            raise Refused(f"{record['id']}: the hours {written!r} hold a time that no clock shows") from error
        if opens >= closes:
            raise Refused(f"{record['id']}: the hours {written!r} end before they begin")
        return OfficeHours(zone, days, opens, closes)

    def next_open(self, moment: datetime) -> datetime:
        """Return the moment itself if the office works then, else the next one at which it opens, in UTC."""
        if self.opens is None or self.closes is None:
            return moment
        local = moment.astimezone(self.zone)
        if local.weekday() in self.days and self.opens <= local.time() < self.closes:
            return moment
        day = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        return datetime.combine(self.work_day(day), self.opens, self.zone).astimezone(UTC)

    def work_day(self, day: date) -> date:
        """Return this day, or the next one on which the office works."""
        while day.weekday() not in self.days:
            day += timedelta(days=1)
        return day


def answer_due(record: dict[str, Any], kind: str, since: str) -> str | None:
    """Return the day by which an answer is due, counted from a day, or nothing where no rule obliges the office.

    Days are calendar days; one that ends on a day on which the office does not work ends on the next on which it does.
    """
    rule = record.get("response_rule", {})
    if kind not in ANSWERED_KINDS or rule.get("counted_from") != "receipt" or not rule.get("days"):
        return None
    return OfficeHours.of(record).work_day(date.fromisoformat(since) + timedelta(days=rule["days"])).isoformat()
