"""A campaign: given events, when asked, then an event or a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from service.campaigns.aggregate import Campaign, apply, rules_problem
from service.campaigns.events import (
    CampaignClosed,
    CampaignEvent,
    CampaignExtended,
    CampaignOpened,
    CampaignReopened,
    CampaignSealed,
    CampaignWithdrawn,
    OutcomeRecorded,
    Rules,
    TallyPublished,
    TextCorrected,
    TextReplaced,
    TranslationPublished,
    UpdatePosted,
    WordingPublished,
)
from service.errors import Refused

ID, DAY = "c_0000000001", "2026-03-02"
RULES: dict[str, Any] = {
    "risk": "ordinary", "unique": "hmac/1", "batch_min": 1, "batch_max_s": 0, "retention": "close+30d", "tally_min": 5,
}  # fmt: skip
AT_RISK = RULES | {"risk": "at-risk", "batch_min": 8, "batch_max_s": 86_400, "retention": "forget", "tally_min": 0}


def opened(**changed: Any) -> CampaignOpened:
    values: dict[str, Any] = {
        "day": DAY, "campaign": ID, "text": "a" * 64, "wording": "b" * 64, "language": "en", "opens": DAY,
        "closes": "2026-05-31", "addressees": ["some-office"], "rules": Rules(**RULES),
    }  # fmt: skip
    return CampaignOpened(**(values | changed))


CLOSED = CampaignClosed(day=DAY, campaign=ID, reason="organizer")
WITHDRAWN = CampaignWithdrawn(day=DAY, campaign=ID, reason="order")
SEALED = CampaignSealed(day=DAY, campaign=ID)


def given(*events: CampaignEvent) -> Campaign:
    state = Campaign(ID)
    for event in events:
        state = apply(state, event)
    return state


def test_it_opens_once() -> None:
    assert given().open(opened()) == opened()
    with pytest.raises(Refused, match="opened before"):
        given(opened()).open(opened())


@pytest.mark.parametrize("closes", ["2026-03-01", DAY])
def test_it_refuses_a_closing_day_that_is_not_in_the_future(closes: str) -> None:
    with pytest.raises(Refused, match="not in the future"):
        given().open(opened(closes=closes))


def test_it_closes_only_while_open() -> None:
    assert given(opened()).close("goal", DAY) == CampaignClosed(day=DAY, campaign=ID, reason="goal")
    for state in (given(), given(opened(), CLOSED), given(opened(), WITHDRAWN), given(opened(), CLOSED, SEALED)):
        with pytest.raises(Refused):
            state.close("goal", DAY)


def test_it_closes_by_date_only_when_its_last_day_is_over() -> None:
    assert given(opened()).close("date", "2026-06-01") == CampaignClosed(day="2026-06-01", campaign=ID, reason="date")
    with pytest.raises(Refused, match="last day is not over"):
        given(opened()).close("date", "2026-05-31")


def test_it_is_not_extended_to_a_day_that_is_past() -> None:
    with pytest.raises(Refused, match="is past"):
        given(opened()).extend("2026-06-30", "2026-07-01")


def test_it_extends_only_while_open_and_to_a_later_day() -> None:
    assert given(opened()).extend("2026-06-30", DAY) == CampaignExtended(day=DAY, campaign=ID, closes="2026-06-30")
    for closes in ("2026-05-31", "2026-04-01"):
        with pytest.raises(Refused, match="later"):
            given(opened()).extend(closes, DAY)
    with pytest.raises(Refused):
        given(opened(), CLOSED).extend("2026-06-30", DAY)


def test_it_is_withdrawn_only_while_open_or_closed() -> None:
    for state in (given(opened()), given(opened(), CLOSED)):
        assert state.withdraw("order", DAY) == WITHDRAWN
    for state in (given(), given(opened(), WITHDRAWN), given(opened(), CLOSED, SEALED)):
        with pytest.raises(Refused):
            state.withdraw("order", DAY)


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (CLOSED, "closed"), (WITHDRAWN, "withdrawn"), (SEALED, "sealed"),
        (CampaignReopened(day=DAY, campaign=ID, closes="2026-09-01"), "open"),
        (CampaignExtended(day=DAY, campaign=ID, closes="2026-09-01"), "open"),
        (TextCorrected(day=DAY, campaign=ID, text="c" * 64, replaces="a" * 64), "open"),
        (TextReplaced(day=DAY, campaign=ID, text="c" * 64, replaces="a" * 64), "open"),
        (WordingPublished(day=DAY, campaign=ID, wording="d" * 64, reviewed=1), "open"),
        (OutcomeRecorded(day=DAY, campaign=ID, document="c" * 64, outcome="partly"), "open"),
        (UpdatePosted(day=DAY, campaign=ID, document="c" * 64), "open"),
        (TallyPublished(day=DAY, campaign=ID, text="a" * 64, at_size=1, active=0, outdated=0, withdrawn=0,
                        invalidated=0, by_country={}, merged=0, erased=0), "open"),
        (TranslationPublished(day=DAY, campaign=ID, text="a" * 64, language="tr", document="e" * 64, reviewed=1),
         "open"),
    ],
)  # fmt: skip
def test_applying_never_refuses(event: CampaignEvent, state: str) -> None:
    after = given(opened(), event)
    assert (after.state, after.version) == (state, 2)


def test_the_last_closing_day_and_all_wordings_are_known() -> None:
    extended = CampaignExtended(day=DAY, campaign=ID, closes="2026-06-30")
    reopened = CampaignReopened(day=DAY, campaign=ID, closes="2026-09-01")
    worded = WordingPublished(day=DAY, campaign=ID, wording="d" * 64, reviewed=1)
    assert given(opened(), extended).closes == "2026-06-30"
    assert given(opened(), CLOSED, reopened).closes == "2026-09-01"
    assert given(opened(), worded).wordings == ("b" * 64, "d" * 64)
    assert given(opened(), CLOSED, reopened).close("goal", DAY).reason == "goal"


def test_a_text_event_changes_the_current_text() -> None:
    assert given(opened(), TextReplaced(day=DAY, campaign=ID, text="c" * 64, replaces="a" * 64)).text == "c" * 64


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"batch_min": 2}, "batch_min is 2: an ordinary appeal has 1"),
        ({"batch_max_s": 3600}, "batch_max_s is 3600: an ordinary appeal has 0"),
        ({"tally_min": 4}, "tally_min is 4"),
        ({"retention": "forget"}, "tally_min must be 0"),
        (AT_RISK | {"batch_min": 7}, "batch_min is 7"),
        (AT_RISK | {"batch_max_s": 600}, "batch_max_s is 600"),
    ],
)
def test_rules_that_do_not_fit_are_refused(changed: dict[str, Any], said: str) -> None:
    rules = Rules(**(RULES | changed))
    assert said in " ".join(rules_problem(rules) or ())
    with pytest.raises(Refused, match=f"^rules.{said}"):
        given().open(opened(rules=rules))


@pytest.mark.parametrize("rules", [RULES, AT_RISK, AT_RISK | {"batch_max_s": 604_800}, RULES | {"tally_min": 0}])
def test_rules_that_fit_are_taken(rules: dict[str, Any]) -> None:
    assert rules_problem(Rules(**rules)) is None
