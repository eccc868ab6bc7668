"""A campaign decides on a tally: given events, when figures are shown to it, then an event, nothing, or a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from service.campaigns.aggregate import Campaign, apply
from service.campaigns.events import (
    CampaignClosed,
    CampaignEvent,
    CampaignOpened,
    CampaignReopened,
    CampaignSealed,
    CampaignWithdrawn,
    Rules,
    TallyPublished,
    TextReplaced,
)
from service.campaigns.tally import Figures
from service.campaigns.views import People
from service.errors import Busy, Refused

ID, DAY, NEXT = "c_0000000001", "2026-03-02", "2026-03-03"
TEXT, NEW = "a" * 64, "b" * 64
ORDINARY: dict[str, Any] = {
    "risk": "ordinary", "unique": "hmac/1", "batch_min": 1, "batch_max_s": 0, "retention": "close+30d", "tally_min": 5,
}  # fmt: skip
AT_RISK = ORDINARY | {"risk": "at-risk", "batch_min": 8, "batch_max_s": 86_400, "retention": "forget", "tally_min": 0}


def opened(rules: dict[str, Any] = ORDINARY) -> CampaignOpened:
    return CampaignOpened(
        day=DAY, campaign=ID, text=TEXT, wording="c" * 64, language="en", opens=DAY, closes="2026-05-31",
        addressees=["some-office"], rules=Rules(**rules),
    )  # fmt: skip


def given(*events: CampaignEvent) -> Campaign:
    state = Campaign(ID)
    for event in events:
        state = apply(state, event)
    return state


def figures(active: int, size: int = 30, state: str = "open", text: str = TEXT, **countries: int) -> Figures:
    return Figures(state, text, size, active, 0, 0, 0, People(countries, 0))


def tally(active: int, size: int = 20, merged: int | None = None, **countries: int) -> TallyPublished:
    rest = active - sum(countries.values()) if merged is None else merged
    return TallyPublished(
        day=DAY, campaign=ID, text=TEXT, at_size=size, active=active, outdated=0, withdrawn=0, invalidated=0,
        by_country=countries, merged=rest, erased=0,
    )  # fmt: skip


CLOSED = CampaignClosed(day=DAY, campaign=ID, reason="organizer")
REOPENED = CampaignReopened(day=DAY, campaign=ID, closes="2026-06-30")
WITHDRAWN = CampaignWithdrawn(day=DAY, campaign=ID, reason="order")
SEALED = CampaignSealed(day=DAY, campaign=ID)
REPLACED = TextReplaced(day=DAY, campaign=ID, text=NEW, replaces=TEXT)


def test_it_states_the_figures_and_the_countries_that_may_be_shown() -> None:
    assert given(opened()).publish_tally(figures(12, CZ=6, DE=4), DAY) == tally(12, 30, CZ=6)


def test_it_goes_on_from_the_last_tally() -> None:
    state = given(opened(), tally(12, CZ=6))
    assert state.publish_tally(figures(17, CZ=10), DAY) == tally(17, 30, CZ=6)
    assert state.publish_tally(figures(17, CZ=11), DAY) == tally(17, 30, CZ=11)
    assert state.publish_tally(figures(13, CZ=7), DAY) is None  # the rest would move by one


def test_nothing_new_is_no_tally() -> None:
    assert given(opened()).publish_tally(figures(0), DAY) is None
    assert given(opened(), tally(12, CZ=6)).publish_tally(figures(12, CZ=7), DAY) is None


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((), "not open yet"),
        ((opened(), WITHDRAWN), "withdrawn"),
        ((opened(), CLOSED, SEALED), "sealed"),
        ((opened(), CLOSED, tally(12)), "closed"),
    ],
)
def test_it_is_refused_unless_open_or_closed_without_a_last_one(events: tuple[CampaignEvent, ...], said: str) -> None:
    with pytest.raises(Refused, match=said):
        given(*events).publish_tally(figures(20, state="closed"), NEXT)


def test_a_closed_one_has_a_last_tally_and_a_reopened_one_more() -> None:
    assert given(opened(), tally(12), CLOSED).publish_tally(figures(20, state="closed"), DAY) == tally(20, 30)
    assert given(opened(), CLOSED, tally(12), REOPENED).publish_tally(figures(20), DAY) == tally(20, 30)
    assert given(opened(), CLOSED, tally(12), REOPENED, CLOSED).publish_tally(figures(20, state="closed"), DAY)


def test_at_risk_there_is_one_a_day() -> None:
    state = given(opened(AT_RISK), tally(8))
    with pytest.raises(Refused, match="2026-03-02"):
        state.publish_tally(figures(16), DAY)
    assert state.publish_tally(figures(16), NEXT) is not None


def test_an_ordinary_one_may_have_two_a_day() -> None:
    assert given(opened(), tally(8)).publish_tally(figures(16), DAY) is not None


@pytest.mark.parametrize("late", [figures(20, 20), figures(20, text=NEW), figures(20, state="closed")])
def test_figures_of_another_moment_are_counted_again(late: Figures) -> None:
    with pytest.raises(Busy):
        given(opened(), tally(12)).publish_tally(late, DAY)


def test_after_a_replaced_text_the_figures_are_of_the_new_one() -> None:
    found = given(opened(), tally(12, CZ=6), REPLACED).publish_tally(figures(0, text=NEW), DAY)
    assert found is not None
    assert (found.text, found.by_country, found.merged) == (NEW, {}, 0)
