"""Rules of campaigns: docs/log_format.md section 7.2."""

from __future__ import annotations

from typing import Any

import pytest

from service.audit.replay import replay
from tests.audit.builder import AT_RISK, ORDINARY, hashed
from tests.audit.lies import TEXT, C, Lie, accepts, closes, log_with_campaign, refuses

NEW = "c_Another001"
WITHDRAWN = {"campaign": C, "reason": "order"}

LIES: dict[str, Lie] = {
    "opened twice": ("campaign", lambda log: log.campaign(C)),
    "closes before it opens": ("closes", lambda log: log.campaign(NEW, closes="2025-01-01")),
    "an addressee that is not registered": ("addressees", lambda log: log.campaign(NEW, addressees=["nobody"])),
    "no addressee": ("addressees", lambda log: log.campaign(NEW, addressees=[])),
    "seventeen addressees": ("addressees", lambda log: log.campaign(NEW, addressees=["some-court"] * 17)),
    "ordinary in batches": ("rules.batch_min", lambda log: log.campaign(NEW, ORDINARY | {"batch_min": 8})),
    "ordinary with a period": ("rules.batch_max_s", lambda log: log.campaign(NEW, ORDINARY | {"batch_max_s": 3600})),
    "at risk without batches": ("rules.batch_min", lambda log: log.campaign(NEW, AT_RISK | {"batch_min": 7})),
    "at risk with a period of a minute": ("rules.batch_max_s", lambda log: log.campaign(
        NEW, AT_RISK | {"batch_max_s": 60})),
    "forgets and counts countries": ("rules.tally_min", lambda log: log.campaign(NEW, AT_RISK | {"tally_min": 5})),
    "countries of four": ("rules.tally_min", lambda log: log.campaign(NEW, ORDINARY | {"tally_min": 4})),
    "an unknown risk": ("rules.risk", lambda log: log.campaign(NEW, ORDINARY | {"risk": "none"})),
    "an unknown rule": ("rules", lambda log: log.campaign(NEW, ORDINARY | {"secret": 1})),
    "a language that is none": ("language", lambda log: log.campaign(NEW, language="english!")),
    "replaces a text that is not current": ("replaces", lambda log: log.add(
        "campaign.text_replaced", campaign=C, text=hashed("new"), replaces=hashed("other"))),
    "corrects a text that is not current": ("replaces", lambda log: log.add(
        "campaign.text_corrected", campaign=C, text=hashed("new"), replaces=hashed("other"))),
    "corrects a text to itself": ("text", lambda log: log.add(
        "campaign.text_corrected", campaign=C, text=hashed(TEXT), replaces=hashed(TEXT))),
    "translates a text that is not current": ("text", lambda log: log.add(
        "campaign.translation_published", campaign=C, text=hashed("x"), language="tr", document=hashed("t"),
        reviewed=1)),
    "extended to an earlier day": ("closes", lambda log: log.add(
        "campaign.extended", campaign=C, closes="2026-06-01")),
    "extended to the same day": ("closes", lambda log: log.add("campaign.extended", campaign=C, closes="2026-12-31")),
    "extended while closed": ("campaign", lambda log: (
        closes(log), log.add("campaign.extended", campaign=C, closes="2027-06-01"))),
    "closed twice": ("campaign", lambda log: (closes(log), closes(log))),
    "reopened while open": ("campaign", lambda log: log.add("campaign.reopened", campaign=C, closes="2027-06-01")),
    "reopened after sealing": ("campaign", lambda log: (
        closes(log, "sealed"), log.add("campaign.reopened", campaign=C, closes="2027-06-01"))),
    "reopened after withdrawing": ("campaign", lambda log: (
        log.add("campaign.withdrawn", **WITHDRAWN),
        log.add("campaign.reopened", campaign=C, closes="2027-06-01"))),
    "withdrawn twice": ("campaign", lambda log: (
        log.add("campaign.withdrawn", **WITHDRAWN), log.add("campaign.withdrawn", **WITHDRAWN))),
    "withdrawn after sealing": ("campaign", lambda log: (
        closes(log, "sealed"), log.add("campaign.withdrawn", **WITHDRAWN))),
    "sealed while open": ("campaign", lambda log: log.add("campaign.sealed", campaign=C)),
    "sealed twice": ("campaign", lambda log: closes(log, "sealed", "sealed")),
    "closed for an unknown reason": ("reason", lambda log: log.add(
        "campaign.closed", campaign=C, reason="boredom")),
    "an event of tomorrow's version": ("v", lambda log: log.add("campaign.closed", campaign=C, reason="goal", v=2)),
    "a day that goes back": ("day", lambda log: log.add(
        "campaign.update_posted", campaign=C, document=hashed("u"), day="2026-01-04")),
    "an unknown type": ("type", lambda log: log.add("campaign.paused", campaign=C)),
}  # fmt: skip
NEEDS_A_CAMPAIGN: dict[str, dict[str, Any]] = {
    "campaign.text_corrected": {"text": hashed("new"), "replaces": hashed(TEXT)},
    "campaign.text_replaced": {"text": hashed("new"), "replaces": hashed(TEXT)},
    "campaign.translation_published": {
        "text": hashed(TEXT), "language": "tr", "document": hashed("t"), "reviewed": 1},
    "campaign.wording_published": {"wording": hashed("w"), "reviewed": 1},
    "campaign.extended": {"closes": "2027-01-01"},
    "campaign.closed": {"reason": "goal"},
    "campaign.reopened": {"closes": "2027-01-01"},
    "campaign.withdrawn": {"reason": "order"},
    "campaign.sealed": {},
    "campaign.outcome_recorded": {"outcome": "granted", "document": hashed("o")},
    "campaign.update_posted": {"document": hashed("u")},
    "export.made": {"scope": "counts", "recipient": "court", "at_size": 1, "approvals": 0},
    "audit.reported": {"at_size": 1, "sampled": 0, "opened": 0, "unanswered": 0, "failed": 0, "document": hashed("a")},
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_lie_about_a_campaign_is_refused(name: str) -> None:
    log = log_with_campaign()
    field, lie = LIES[name]
    lie(log)
    refuses(log, field)


@pytest.mark.parametrize("kind", NEEDS_A_CAMPAIGN)
def test_an_event_of_a_campaign_that_was_never_opened_is_refused(kind: str) -> None:
    log = log_with_campaign()
    log.add(kind, campaign="c_Unknown001", **NEEDS_A_CAMPAIGN[kind])
    refuses(log, "campaign")


def test_sealing_later_than_37_days_after_closing_is_a_finding() -> None:
    log = log_with_campaign()
    closes(log)
    log.day = "2026-02-11"
    log.add("campaign.update_posted", campaign=C, document=hashed("u"))
    accepts(log)
    log.day = "2026-02-12"
    index = log.add("campaign.sealed", campaign=C)
    report = replay(log.lines())
    assert [finding.index for finding in report.findings] == [index]
    assert not report.errors


def test_sealing_that_never_came_is_a_finding_at_the_entry_that_closed() -> None:
    log = log_with_campaign()
    index = log.add("campaign.withdrawn", **WITHDRAWN)
    log.day = "2026-05-01"
    log.add("campaign.update_posted", campaign=C, document=hashed("u"))
    report = replay(log.lines())
    assert [finding.index for finding in report.findings] == [index]
    assert report.exit_code == 3


def test_a_campaign_goes_through_all_its_states() -> None:
    log = log_with_campaign()
    closes(log)
    log.add("campaign.reopened", campaign=C, closes="2027-06-01")
    log.signs(C, 70, day="2026-01-05")
    closes(log)
    log.add("campaign.withdrawn", **WITHDRAWN)
    log.add("campaign.sealed", campaign=C)
    log.add("campaign.outcome_recorded", campaign=C, outcome="moot", document=hashed("o"))
    assert accepts(log).campaigns[C].state == "sealed"


def test_a_corrected_consent_text_is_one_more_that_may_be_signed() -> None:
    log = log_with_campaign()
    log.add("campaign.wording_published", campaign=C, wording=hashed("second"), reviewed=2)
    log.signs(C, 50)
    log.signs(C, 51, wording=hashed("second"))
    accepts(log)
