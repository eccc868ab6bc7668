"""Whatever is asked, approved, refused or left to expire, in any order: nothing happens without two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.desk.requests import Approvals, Inside, Params, RequestKind
from service.desk.two_people import EXPIRES_AFTER_S, Request, refuse
from service.errors import PetitionError
from tests.desk.conftest import Office

ROLES = {"olga": {"organizer"}, "rosa": {"reviewer"}, "nora": {"organizer", "reviewer"}, "ada": {"administrator"}}
PEOPLE, WHICH = st.sampled_from(sorted(ROLES)), st.integers(0, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), PEOPLE, st.just(0)),
        st.tuples(st.sampled_from(["approve", "approve", "refuse"]), PEOPLE, WHICH),
        st.tuples(st.just("expire"), st.just("ada"), st.just(0)),
    ),
    min_size=2,
    max_size=12,
)


class Told:
    """Which requests the rule lets through, written down a second time and simply."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.asked: list[tuple[Request, str, str]] = []  # the request, who asked, its state
        self.done: list[tuple[str, str, str]] = []  # what was performed: which, asked by, approved by

    def kind(self) -> RequestKind:
        """Return a kind of request that notes here what it does."""

        def perform(inside: Inside, params: Params, approvals: Approvals) -> str:
            self.done.append((params["what"], approvals.asked_by, approvals.approved_by))
            return "done"

        described = lambda inside, params: [f"Do {params['what']}."]  # noqa: E731
        return RequestKind("act", frozenset({"organizer"}), frozenset({"reviewer"}), described, perform)

    def step(self, what: str, who: str, which: int) -> None:
        """Do a step, and check that it succeeds exactly where the rule says so."""
        if what == "expire":
            self.office.clock.moment += timedelta(seconds=EXPIRES_AFTER_S)
            self.asked = [(one, by, "expired" if state == "open" else state) for one, by, state in self.asked]
            return
        if what == "ask":
            asked = self.try_it(lambda: self.office.asks(who, "act", what=f"thing {len(self.asked)}"))
            assert (asked is not None) == ("organizer" in ROLES[who])
            self.asked += [(asked, who, "open")] if asked else []
            return
        if which < len(self.asked):
            self.decide(what, who, which)

    def decide(self, what: str, who: str, which: int) -> None:
        """Approve or refuse."""
        one, by, state = self.asked[which]
        may = state == "open" and "reviewer" in ROLES[who] and who != by
        if what == "approve":
            answer = self.try_it(lambda: self.office.approves(who, one))
        else:
            may = may or (state == "open" and who == by)
            acts = self.office.acts(who)
            answer = self.try_it(lambda: refuse(self.office.desk, one.id, acts, self.office.clock.now()) or "refused")
        assert (answer is not None) == may
        if may:
            self.asked[which] = (one, by, {"approve": "done", "refuse": "refused"}[what])

    def try_it(self, step):  # type: ignore[no-untyped-def]
        """Return what a step answers, or nothing if it is refused."""
        try:
            return step()
        except PetitionError:
            return None


@pytest.fixture
def busy_office(office: Office) -> Office:
    """Return an office in which one person is organizer and reviewer."""
    office.appoints("nora", "organizer", "reviewer")
    return office


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_happens_without_two_people_or_twice(busy_office: Office, steps: list[tuple[str, str, int]]) -> None:
    told = Told(busy_office)
    busy_office.desk = replace(busy_office.desk, kinds=(told.kind(),))
    for step in steps:
        told.step(*step)
    assert all(asked_by != approved_by for _, asked_by, approved_by in told.done)
    assert sorted(what for what, _, _ in told.done) == sorted(
        one.params["what"] for one, _, state in told.asked if state == "done"
    )
