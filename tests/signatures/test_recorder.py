"""At risk the recorder looks at fixed ticks, appends eight or more at once, and the rest when a period ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.signatures.promise import promise_by
from tests.signatures.conftest import AT_RISK, ORDINARY, Signing


def test_an_ordinary_signature_is_appended_at_once(signing: Signing) -> None:
    signing.joins()
    assert signing.records() == 1
    assert signing.records() == 0


def test_seven_wait_and_eight_go_together_at_the_next_tick(at_risk: Signing) -> None:
    at_risk.records()
    for _ in range(7):
        at_risk.joins()
    at_risk.clock.moment += timedelta(minutes=10)
    assert at_risk.records() == 0
    at_risk.joins()
    assert at_risk.records() == 0  # not before a tick
    at_risk.clock.moment += timedelta(minutes=10)
    assert at_risk.records() == 8


def test_the_rest_goes_when_the_period_ends(at_risk: Signing) -> None:
    at_risk.joins()
    at_risk.records()
    at_risk.clock.moment = at_risk.clock.moment.replace(hour=23, minute=50)
    assert at_risk.records() == 0
    at_risk.clock.moment += timedelta(minutes=10)
    assert at_risk.records() == 1


def test_a_second_recorder_at_the_same_tick_finds_nothing(at_risk: Signing) -> None:
    for _ in range(9):
        at_risk.joins()
    assert at_risk.records() == 9
    at_risk.joins()
    assert at_risk.records() == 0


def test_a_promise_tells_neither_minute_nor_batch() -> None:
    moment = datetime(2026, 3, 2, 12, 34, 56, tzinfo=UTC)
    assert datetime.fromtimestamp(promise_by(ORDINARY, moment), UTC) == datetime(2026, 3, 2, 14, tzinfo=UTC)
    assert datetime.fromtimestamp(promise_by(AT_RISK, moment), UTC) == datetime(2026, 3, 3, 1, tzinfo=UTC)


def test_nobody_is_appended_alone_because_nobody_came_the_day_before(at_risk: Signing) -> None:
    at_risk.joins()
    for _ in range(3):  # days on which nobody else signs; the worker is there all the time
        at_risk.records()
        at_risk.clock.moment += timedelta(days=1)
        at_risk.records()
    at_risk.clock.moment += timedelta(minutes=3)
    at_risk.joins()
    assert at_risk.records() == 0
    at_risk.clock.moment = at_risk.clock.moment.replace(hour=23, minute=59)
    assert at_risk.records() == 0
    at_risk.clock.moment += timedelta(minutes=1)
    assert at_risk.records() == 1


def test_a_look_that_is_late_appends_nobody_of_the_new_period_alone(at_risk: Signing) -> None:
    at_risk.records()
    for _ in range(3):
        at_risk.joins()
    at_risk.clock.moment = at_risk.clock.moment.replace(hour=3) + timedelta(days=1)  # the worker was down at midnight
    at_risk.joins()
    at_risk.clock.moment += timedelta(hours=2)
    assert at_risk.records() == 3
    at_risk.clock.moment = at_risk.clock.moment.replace(hour=0) + timedelta(days=1)
    assert at_risk.records() == 1


def test_what_a_slower_clock_dated_before_is_appended_as_promised_with_what_it_follows(at_risk: Signing) -> None:
    at_risk.records()
    at_risk.clock.moment = at_risk.clock.moment.replace(hour=0, minute=0, second=5) + timedelta(days=1)
    person = at_risk.joins()
    at_risk.clock.moment -= timedelta(seconds=10)
    at_risk.leaves(person)
    at_risk.clock.moment += timedelta(minutes=10)
    assert at_risk.records() == 2


def test_it_does_not_look_when_somebody_comes(at_risk: Signing) -> None:
    at_risk.records()
    at_risk.clock.moment += timedelta(minutes=13)
    at_risk.records()
    for _ in range(9):
        at_risk.joins()
    assert at_risk.records() == 0
    at_risk.clock.moment += timedelta(minutes=7)
    assert at_risk.records() == 9


def test_what_came_before_it_ever_looked_is_appended_when_its_day_ends(at_risk: Signing) -> None:
    at_risk.clock.moment = at_risk.clock.moment.replace(hour=23, minute=59)
    at_risk.joins()
    at_risk.clock.moment += timedelta(minutes=1)  # the worker was started only now: promised was one o'clock
    assert at_risk.records() == 1
