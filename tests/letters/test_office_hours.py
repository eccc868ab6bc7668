"""When an office works, in its own time zone, and when its answer is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Refused
from service.letters.office_hours import OfficeHours, answer_due

RULE = {"days": 30, "counted_from": "receipt", "law": "", "applies_if": "", "checked": ""}


def record(hours: str = "Mon-Fri 09:00-17:00", zone: str = "Europe/Istanbul", **rule: Any) -> dict[str, Any]:
    return {"id": "an-office", "hours": hours, "time_zone": zone, "response_rule": RULE | rule}


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-03-02T06:00", "2026-03-02T06:00"),  # Monday 09:00 in Istanbul, which is at UTC+3
        ("2026-03-02T05:59", "2026-03-02T06:00"),
        ("2026-03-02T13:59", "2026-03-02T13:59"),
        ("2026-03-02T14:00", "2026-03-03T06:00"),
        ("2026-03-06T14:00", "2026-03-09T06:00"),  # Friday evening: Monday
        ("2026-03-07T22:00", "2026-03-09T06:00"),  # Saturday, already Sunday there
    ],
)
def test_it_opens_by_its_own_clock(moment: str, opens: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert OfficeHours.of(record()).next_open(at) == datetime.fromisoformat(opens).replace(tzinfo=UTC)


def test_summer_time_moves_the_hour() -> None:
    hours = OfficeHours.of(record(zone="Europe/Berlin"))
    opening = [hours.next_open(datetime(2026, 3, day, 0, tzinfo=UTC)).hour for day in (27, 30)]
    assert opening == [8, 7]


def test_unknown_hours_are_always_open() -> None:
    at = datetime(2026, 3, 7, 3, tzinfo=UTC)
    assert OfficeHours.of(record(hours="")).next_open(at) == at


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.sampled_from(["Mon-Fri", "Sun-Thu", "Sat", "Fri-Mon"])
)
def test_the_next_opening_is_open_and_not_far(moment: datetime, days: str) -> None:
    hours, at = OfficeHours.of(record(f"{days} 08:30-12:00")), moment.replace(tzinfo=UTC)
    opens = hours.next_open(at)
    assert at <= opens <= at + timedelta(days=8)
    assert hours.next_open(opens) == opens


@pytest.mark.parametrize("hours", ["weekdays", "Mon-Fri 9-17", "Mon-Fri 17:00-09:00", "Mon-Fri 25:00-26:00"])
def test_what_cannot_be_read_is_refused(hours: str) -> None:
    with pytest.raises(Refused, match="an-office"):
        OfficeHours.of(record(hours))


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Refused, match="time zone"):
        OfficeHours.of(record(zone="Europe/Atlantis"))


@pytest.mark.parametrize(
    ("since", "due"),
    [("2026-03-10", "2026-04-09"), ("2026-03-12", "2026-04-13")],  # the 11th of April is a Saturday
)
def test_an_answer_is_due_on_a_day_of_work(since: str, due: str) -> None:
    assert answer_due(record(), "ministry_petition", since) == due


@pytest.mark.parametrize(("kind", "rule"), [("court_open_letter", {}), ("parliament", {"days": 0}),
                                            ("ministry_petition", {"counted_from": "none"})])  # fmt: skip
def test_nothing_is_due_where_no_rule_obliges(kind: str, rule: dict[str, Any]) -> None:
    assert answer_due(record(**rule), kind, "2026-03-10") is None
