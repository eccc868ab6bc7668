"""Two people: one asks, another approves with a fresh code what is still true, and it is done exactly once."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.desk import two_people
from service.desk.holders import disable
from service.desk.requests import Approvals, Desk, Forbidden, Inside, Params, RequestKind, RequestStale
from service.desk.sign_in import SignInRefused
from service.desk.tables import access_record
from service.desk.two_people import EXPIRES_AFTER_S, Request, refuse, request_by_id, requests
from service.errors import Refused
from service.eventlog.base import Recorded
from service.eventlog.events import LOG_STREAM, IncidentReported
from service.eventlog.log import PetitionLog
from service.request_kinds import KINDS
from service.store.database import Database
from tests.desk.conftest import Office

ORGANIZERS, REVIEWERS = frozenset({"organizer"}), frozenset({"reviewer"})


def describe(inside: Inside, params: Params) -> list[str]:
    return [f"Report {params['document']} as entry {len(inside.log.stream(LOG_STREAM)) + 1}."]


def perform(inside: Inside, params: Params, approvals: Approvals) -> str:
    day = inside.log.day(inside.connection, inside.now)
    event = IncidentReported(day=day, class_="outage", document=params["document"])
    inside.log.save(Recorded(LOG_STREAM, len(inside.log.stream(LOG_STREAM)) + 1, event))
    return f"reported by {approvals.number}"


REPORT = RequestKind("report", ORGANIZERS, REVIEWERS, describe, perform)


@pytest.fixture
def reporting(office: Office) -> Office:
    """Return the office with a request that reports an incident."""
    office.desk = replace(office.desk, kinds=(*KINDS, REPORT))
    return office


def asks(office: Office, by: str = "olga", document: str = "a" * 64) -> Request:
    return office.asks(by, "report", document=document)


def reported(office: Office) -> int:
    return len(office.desk.log.stream(LOG_STREAM))


def state_of(office: Office, asked: Request) -> Request:
    with office.database.read() as connection:
        return request_by_id(connection, asked.id, office.clock.now())


def test_it_is_done_when_another_person_approves(reporting: Office) -> None:
    asked = asks(reporting)
    assert (asked.state, reported(reporting)) == ("open", 0)
    assert asked.says == [f"Report {'a' * 64} as entry 1."]
    assert reporting.approves("rosa", asked) == "reported by 2"
    done = state_of(reporting, asked)
    assert (done.state, done.decided_by, reported(reporting)) == ("done", reporting.people["rosa"].account, 1)


def test_who_asked_does_not_approve_even_with_both_roles(reporting: Office) -> None:
    reporting.appoints("nora", "organizer", "reviewer")
    asked = asks(reporting, "nora")
    with pytest.raises(Forbidden, match="another person"):
        reporting.approves("nora", asked)
    assert reported(reporting) == 0


def test_who_lacks_the_role_neither_asks_nor_approves(reporting: Office) -> None:
    with pytest.raises(Forbidden, match="organizer"):
        asks(reporting, "rosa")
    with pytest.raises(Forbidden, match="reviewer"):
        reporting.approves("ben", asks(reporting))


def test_a_role_that_was_taken_since_counts_no_more(reporting: Office) -> None:
    first = asks(reporting)
    reporting.approves("ben", reporting.asks_for_roles("rosa", "translator"))
    with pytest.raises(Forbidden, match="reviewer"):
        reporting.approves("rosa", first)
    reporting.approves("ben", reporting.asks_for_roles("rosa", "reviewer"))
    reporting.approves("ben", reporting.asks_for_roles("olga", "translator"))
    with pytest.raises(Forbidden, match="lost its role"):
        reporting.approves("rosa", first)


def test_what_a_disabled_account_asked_for_is_not_done(reporting: Office) -> None:
    asked = asks(reporting)
    disable(reporting.desk, reporting.acts("ada"), "olga", reporting.clock.now())
    with pytest.raises(Forbidden, match="is disabled"):
        reporting.approves("rosa", asked)
    refuse(reporting.desk, asked.id, reporting.acts("rosa"), reporting.clock.now())


def test_each_approval_needs_a_code_of_its_own(reporting: Office) -> None:
    first, second = asks(reporting), asks(reporting, document="b" * 64)
    shown = reporting.shows("rosa")
    two_people.approve(reporting.desk, first.id, shown, reporting.clock.now())
    with pytest.raises(SignInRefused, match="used before"):
        two_people.approve(reporting.desk, second.id, shown, reporting.clock.now())
    assert reported(reporting) == 1


def test_it_expires_after_two_days(reporting: Office) -> None:
    asked = asks(reporting)
    reporting.clock.moment += timedelta(seconds=EXPIRES_AFTER_S)
    with pytest.raises(Refused, match="is expired"):
        reporting.approves("rosa", asked)
    with pytest.raises(Refused, match="is expired"):
        refuse(reporting.desk, asked.id, reporting.acts("rosa"), reporting.clock.now())
    with reporting.database.read() as connection:
        assert "expired" in {one.state for one in requests(connection, reporting.clock.now())}


def test_just_before_it_is_still_open(reporting: Office) -> None:
    asked = asks(reporting)
    reporting.clock.moment += timedelta(seconds=EXPIRES_AFTER_S - 31)
    reporting.approves("rosa", asked)


def test_what_was_asked_has_to_be_what_would_happen_now(reporting: Office) -> None:
    first, second = asks(reporting), asks(reporting, document="b" * 64)
    reporting.approves("rosa", first)
    with pytest.raises(RequestStale, match=r"stale: what it rests on changed .*as entry 2"):
        reporting.approves("rosa", second)
    assert "stale" in two_people.is_stale(reporting.desk, second, reporting.clock.now())
    assert (state_of(reporting, second).state, reported(reporting)) == ("open", 1)


def test_what_was_refused_or_done_is_over(reporting: Office) -> None:
    asked = asks(reporting)
    refuse(reporting.desk, asked.id, reporting.acts("rosa"), reporting.clock.now())
    with pytest.raises(Refused, match="is refused"):
        reporting.approves("rosa", asked)
    done = asks(reporting)
    reporting.approves("rosa", done)
    with pytest.raises(Refused, match="is done"):
        reporting.approves("rosa", done)
    assert reported(reporting) == 1


def test_who_asked_may_take_it_back_and_a_stranger_may_not_refuse(reporting: Office) -> None:
    asked = asks(reporting)
    with pytest.raises(Forbidden, match="reviewer"):
        refuse(reporting.desk, asked.id, reporting.acts("ben"), reporting.clock.now())
    refuse(reporting.desk, asked.id, reporting.acts("olga"), reporting.clock.now())
    assert state_of(reporting, asked).state == "refused"


def test_a_kind_of_another_version_is_refused(reporting: Office) -> None:
    asked = asks(reporting)
    reporting.desk = replace(reporting.desk, kinds=KINDS)
    with pytest.raises(Refused, match="knows no request of the kind report"):
        reporting.approves("rosa", asked)


def test_approvals_are_of_two_people() -> None:
    assert Approvals("a_1", "a_2").number == 2
    for pair in (("a_1", "a_1"), ("", "a_1"), ("a_1", "")):
        with pytest.raises(Forbidden):
            Approvals(*pair)


def test_two_who_approve_at_once_do_it_once(reporting: Office, another_connection: Callable[[], Database]) -> None:
    reporting.appoints("ruth", "reviewer")
    for number in range(3):
        asked = asks(reporting, document=f"{number}" * 64)
        shown = [reporting.shows("rosa"), reporting.shows("ruth")]
        desks = [Desk(PetitionLog(another_connection()), reporting.desk.keys, reporting.desk.kinds) for _ in shown]

        def try_it(at: int, asked: Request = asked, shown: list = shown, desks: list = desks) -> bool:  # type: ignore[type-arg]
            try:
                two_people.approve(desks[at], asked.id, shown[at], reporting.clock.now())
            except Refused:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(try_it, range(2))) == 1
        assert reported(reporting) == number + 1
    with reporting.database.read() as connection:
        approved = sa.select(sa.func.count()).where(access_record.c.action == "report approved")
        assert connection.execute(approved).scalar() == 3


@pytest.mark.parametrize("after_it_was_done", [False, True])
def test_a_process_that_is_killed_did_it_wholly_or_not_at_all(
    reporting: Office, another_connection: Callable[[], Database], after_it_was_done: bool
) -> None:
    asked, shown = asks(reporting), reporting.shows("rosa")

    def perform_and_die(inside: Inside, params: Params, approvals: Approvals) -> str:
        perform(inside, params, approvals)
        os._exit(9)

    def in_a_child() -> None:
        kind = REPORT if after_it_was_done else replace(REPORT, perform=perform_and_die)
        desk = Desk(PetitionLog(another_connection()), reporting.desk.keys, (kind,))
        two_people.approve(desk, asked.id, shown, reporting.clock.now())
        os._exit(9)

    child = multiprocessing.get_context("fork").Process(target=in_a_child)
    child.start()
    child.join(60)
    assert child.exitcode == 9
    assert (state_of(reporting, asked).state, reported(reporting)) == (
        ("done", 1) if after_it_was_done else ("open", 0)
    )
    if not after_it_was_done:
        reporting.approves("rosa", asked)
    assert (state_of(reporting, asked).state, reported(reporting)) == ("done", 1)


def test_what_fails_leaves_the_request_open(reporting: Office) -> None:
    def fails(inside: Inside, params: Params, approvals: Approvals) -> str:
        perform(inside, params, approvals)
        raise Refused("it cannot be done")

    asked, kinds = asks(reporting), reporting.desk.kinds
    reporting.desk = replace(reporting.desk, kinds=(replace(REPORT, perform=fails),))
    with pytest.raises(Refused, match="cannot be done"):
        reporting.approves("rosa", asked)
    assert (state_of(reporting, asked).state, reported(reporting)) == ("open", 0)
    reporting.desk = replace(reporting.desk, kinds=kinds)
    reporting.approves("rosa", asked)
