"""Rules of tallies: docs/log_format.md section 7.4."""

from __future__ import annotations

import pytest

from tests.audit.builder import AT_RISK, hashed
from tests.audit.lies import C, Lie, accepts, invalidates, log_with_campaign, refuses, tally

TWO = {"CZ": 5, "TR": 5}

LIES: dict[str, Lie] = {
    "a total too high": ("active", lambda log: tally(log, 11)),
    "a hidden withdrawal": ("active", lambda log: (log.withdraws(C, 1), tally(log))),
    "a withdrawal that is not told": ("withdrawn", lambda log: (log.withdraws(C, 1), tally(log, 9))),
    "an invalidation that is not told": ("invalidated", lambda log: (invalidates(log), tally(log, 9))),
    "outdated ones that are not told": ("outdated", lambda log: (log.add(
        "campaign.text_replaced", campaign=C, text=hashed("new"), replaces=hashed(f"{C} text")),
        tally(log, 0, text=hashed("new")))),
    "a text that is not current": ("text", lambda log: tally(log, text=hashed("other"))),
    "a campaign that was never opened": ("campaign", lambda log: tally(log, campaign="c_Unknown001")),
    "parts that do not sum": ("by_country", lambda log: tally(log, by_country={"CZ": 6}, merged=5)),
    "a country below the minimum": ("by_country.CZ", lambda log: tally(log, by_country={"CZ": 4, "TR": 6}, merged=0)),
    "a country with nobody": ("by_country.CZ", lambda log: tally(log, by_country={"CZ": 0}, merged=10)),
    "a country that falls below the minimum": ("by_country.CZ", lambda log: (
        tally(log, by_country={"CZ": 9}, merged=1), tally(log, by_country={"CZ": 4}, merged=6))),
    "erased that fall below the minimum": ("erased", lambda log: (tally(log, erased=8), tally(log, erased=3))),
    "a country that moves by one": ("by_country.CZ", lambda log: (
        tally(log, by_country=TWO, merged=0), log.signs(C, 70), tally(log, 11, by_country=TWO | {"CZ": 6}, merged=0))),
    "a rest that moves by one": ("merged", lambda log: (
        log.signs(C, 60), log.signs(C, 61), log.signs(C, 62), log.signs(C, 63), log.signs(C, 64),
        tally(log, 15, by_country=TWO, merged=5), log.signs(C, 70), tally(log, 16, by_country=TWO, merged=6))),
    "a rest below the minimum": ("merged", lambda log: (
        tally(log, by_country=TWO, merged=0), log.signs(C, 70), tally(log, 11, by_country=TWO, merged=1))),
    "erased below the minimum": ("erased", lambda log: tally(log, erased=1)),
    "erased that move by one": ("erased", lambda log: (tally(log, erased=5), tally(log, erased=6))),
    "a size of the future": ("at_size", lambda log: tally(log, at_size=len(log.events) + 1)),
    "a size at which the total was another": ("active", lambda log: tally(log, at_size=len(log.events) - 1)),
    "not a country": ("by_country", lambda log: tally(log, by_country={"Cz": 10}, merged=0)),
    "no assigned country": ("by_country", lambda log: tally(log, by_country={"XX": 10}, merged=0)),
    "less than nothing": ("merged", lambda log: tally(log, by_country={"CZ": 15}, merged=-5)),
}  # fmt: skip
AT_RISK_LIES: dict[str, Lie] = {
    "a country": ("by_country", lambda log: tally(log, by_country={"CZ": 10}, merged=0)),
    "a rest that is not the total": ("by_country", lambda log: tally(log, merged=5)),
    "erased ones": ("erased", lambda log: tally(log, erased=10)),
    "two on one day": ("day", lambda log: (tally(log), tally(log))),
    "a size within a batch": ("at_size", lambda log: tally(log, 8, at_size=len(log.events) - 2)),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_in_a_tally_is_refused(name: str) -> None:
    log = log_with_campaign()
    field, lie = LIES[name]
    lie(log)
    refuses(log, field)


@pytest.mark.parametrize("name", AT_RISK_LIES)
def test_a_lie_in_a_tally_of_a_campaign_at_risk_is_refused(name: str) -> None:
    log = log_with_campaign(AT_RISK)
    field, lie = AT_RISK_LIES[name]
    lie(log)
    refuses(log, field)


def test_countries_may_come_move_by_the_minimum_and_go() -> None:
    log = log_with_campaign()
    tally(log)
    tally(log, by_country=TWO, merged=0)
    for number in range(20, 25):
        log.signs(C, number)
    tally(log, 15, by_country={"CZ": 10, "TR": 5}, merged=0)
    tally(log, 15, by_country={"TR": 15}, merged=0)
    tally(log, 15)
    accepts(log)


def test_a_tally_may_be_of_an_earlier_size_and_text() -> None:
    log = log_with_campaign()
    size = len(log.events)
    log.signs(C, 50)
    log.add("campaign.text_replaced", campaign=C, text=hashed("new"), replaces=hashed(f"{C} text"))
    tally(log, at_size=size)
    tally(log, 0, text=hashed("new"), outdated=11)
    accepts(log)


def test_at_risk_a_tally_is_taken_after_the_last_entry_of_a_batch() -> None:
    log = log_with_campaign(AT_RISK)
    tally(log)
    log.day = "2026-01-06"
    log.signs(C, 50)
    tally(log, 11)
    accepts(log)
