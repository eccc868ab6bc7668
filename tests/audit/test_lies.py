"""A properly formed lie about any rule is refused, and its entry is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service.audit.replay import replay
from tests.audit.builder import AT_RISK, ORDINARY, ORIGIN, Builder, commitment, hashed, token, vkey

C = "c_Ordinary01"
TEXT = hashed(f"{C} text")


def log_with_campaign(rules: dict[str, Any] = ORDINARY) -> Builder:
    log = Builder()
    log.office("some-court")
    log.campaign(C, rules)
    for number in range(10):
        log.signs(C, number)
    return log


def tally(log: Builder, **changed: Any) -> int:
    fields: dict[str, Any] = {
        "campaign": C, "text": TEXT, "at_size": len(log.events), "active": 10, "outdated": 0, "withdrawn": 0,
        "invalidated": 0, "by_country": {}, "merged": 10, "erased": 0,
    }  # fmt: skip
    return log.add("tally.published", **(fields | changed))


def opens(log: Builder, name: str = "c_Another001", **changed: Any) -> int:
    log.campaign(name, **changed)
    return len(log.events) - 1


def approved(log: Builder) -> None:
    log.letter("l_Letter0001", C, 10)
    log.add("letter.approved", letter="l_Letter0001", approvals=2, pdf=hashed("l_Letter0001 pdf"))


def handed_over(log: Builder, **changed: Any) -> int:
    fields: dict[str, Any] = {"channel": "email", "attempt": 1, "evidence": hashed("e"), "named": 0}
    return log.add("letter.handed_over", letter="l_Letter0001", **(fields | changed))


Lie = Callable[[Builder], Any]
SIGNED_AGAIN: dict[str, Lie] = {
    "a token signs twice": lambda log: log.signs(C, 3),
    "a commitment that is too short": lambda log: log.signs(C, 50, commitment="A" * 42),
    "stray bits in a token": lambda log: log.signs(C, 50, signature="A" * 21 + "B"),
    "a day that does not exist": lambda log: log.signs(C, 50, day="2026-02-30"),
    "signed before opening": lambda log: log.signs(C, 50, day="2026-01-04"),
    "signed after closing": lambda log: log.signs(C, 50, day="2027-01-01"),
    "a text of nobody": lambda log: log.signs(C, 50, text=hashed("other")),
    "a consent that was never published": lambda log: log.signs(C, 50, wording=hashed("other")),
    "an unknown method": lambda log: log.signs(C, 50, method="paper/1"),
    "an unknown field": lambda log: log.signs(C, 50, name="Anna"),
    "a campaign that was never opened": lambda log: log.signs("c_Unknown001", 1),
    "withdrawn without a signature": lambda log: log.withdraws(C, 50),
    "withdrawn twice": lambda log: (log.withdraws(C, 1), log.withdraws(C, 1))[-1],
    "invalidated by one person": lambda log: log.add(
        "signature.invalidated", campaign=C, signature=token(1, C), reason="forged", batch="b_Batch00001", approvals=1),
    "reinstated from another batch": lambda log: (
        log.add("signature.invalidated", campaign=C, signature=token(1, C), reason="forged", batch="b_Batch00001",
                approvals=2),
        log.add("signature.reinstated", campaign=C, signature=token(1, C), batch="b_Batch00002", approvals=2))[-1],
    "renewed while an invalidation stands": lambda log: (
        log.add("signature.invalidated", campaign=C, signature=token(1, C), reason="forged", batch="b_Batch00001",
                approvals=2), log.withdraws(C, 1), log.signs(C, 1, "renewed"))[-1],
    "signed while closed": lambda log: (log.add("campaign.closed", campaign=C, reason="goal"), log.signs(C, 50))[-1],
    "withdrawn after sealing": lambda log: (
        log.add("campaign.closed", campaign=C, reason="goal"), log.add("campaign.sealed", campaign=C),
        log.withdraws(C, 1))[-1],
}  # fmt: skip
CAMPAIGNS: dict[str, Lie] = {
    "opened twice": lambda log: opens(log, C),
    "closes before it opens": lambda log: opens(log, closes="2025-01-01"),
    "an addressee that is not registered": lambda log: opens(log, addressees=["nobody"]),
    "at risk without batches": lambda log: opens(log, rules=AT_RISK | {"batch_min": 2}),
    "forgets and counts countries": lambda log: opens(log, rules=AT_RISK | {"tally_min": 5}),
    "replaces a text that is not current": lambda log: log.add(
        "campaign.text_replaced", campaign=C, text=hashed("new"), replaces=hashed("other")),
    "extended to an earlier day": lambda log: log.add("campaign.extended", campaign=C, closes="2026-06-01"),
    "reopened while open": lambda log: log.add("campaign.reopened", campaign=C, closes="2027-06-01"),
    "sealed while open": lambda log: log.add("campaign.sealed", campaign=C),
    "an unknown reason": lambda log: log.add("campaign.closed", campaign=C, reason="boredom"),
    "an event of tomorrow's version": lambda log: log.add("campaign.closed", campaign=C, reason="goal", v=2),
    "a day that goes back": lambda log: log.add("campaign.closed", campaign=C, reason="goal", day="2026-01-04"),
    "an unknown type": lambda log: log.add("campaign.paused", campaign=C),
    "the log is opened again": lambda log: log.add(
        "log.opened", origin=ORIGIN, log_key=vkey(ORIGIN, 1), promise_key=vkey(f"{ORIGIN}/promise", 3)),
    "a key that replaces none in use": lambda log: log.add(
        "key.rotated", role="log", key=vkey(ORIGIN, 5), replaces="00000000", reason="planned"),
    "a key whose id is not its own": lambda log: log.add(
        "key.rotated", role="log", key=vkey(ORIGIN, 5).replace("+", "+0", 1), replaces="00000000", reason="planned"),
    "a removed document that nobody named": lambda log: log.add(
        "document.removed", document=hashed("nothing"), reason="mistake", approvals=2),
    "names exported by one person": lambda log: log.add(
        "export.made", campaign=C, scope="names-addressee", recipient="court", at_size=5, approvals=1),
    "an audit whose parts do not sum": lambda log: log.add(
        "audit.reported", campaign=C, at_size=5, sampled=5, opened=3, unanswered=1, failed=0, document=hashed("x")),
    "an addressee registered twice": lambda log: log.add(
        "addressee.registered", addressee="some-court", document=hashed("x")),
    "verified another record": lambda log: log.add("addressee.verified", addressee="some-court", document=hashed("x")),
}  # fmt: skip
TALLIES: dict[str, Lie] = {
    "a wrong total": lambda log: tally(log, active=11, merged=11),
    "a hidden withdrawal": lambda log: (log.withdraws(C, 1), tally(log))[-1],
    "parts that do not sum": lambda log: tally(log, by_country={"CZ": 6}, merged=5),
    "a cell below the minimum": lambda log: tally(log, by_country={"CZ": 4, "TR": 6}, merged=0),
    "a step of one": lambda log: (
        tally(log, by_country={"CZ": 5, "TR": 5}, merged=0), log.signs(C, 70),
        tally(log, by_country={"CZ": 6, "TR": 5}, merged=0, active=11))[-1],
    "a size of the future": lambda log: tally(log, at_size=len(log.events) + 1),
    "erased below the minimum": lambda log: tally(log, erased=1),
    "not a country": lambda log: tally(log, by_country={"Cz": 10}, merged=0),
}
LETTERS: dict[str, Lie] = {
    "a count too high": lambda log: log.letter("l_Letter0001", C, 11),
    "a count of a future size": lambda log: log.letter("l_Letter0001", C, 10, at_size=len(log.events) + 1),
    "a text that is not current": lambda log: log.letter("l_Letter0001", C, 10, text=hashed("other")),
    "a record that is not current": lambda log: log.letter("l_Letter0001", C, 10, record=hashed("other")),
    "two names": lambda log: log.letter("l_Letter0001", C, 10, named=2, names=commitment("n")),
    "names without a commitment": lambda log: log.letter("l_Letter0001", C, 10, named=6),
    "more names than signers": lambda log: log.letter("l_Letter0001", C, 10, named=11, names=commitment("n")),
    "approved by one": lambda log: (log.letter("l_Letter0001", C, 10), log.add(
        "letter.approved", letter="l_Letter0001", approvals=1, pdf=hashed("l_Letter0001 pdf")))[-1],
    "another PDF approved": lambda log: (log.letter("l_Letter0001", C, 10), log.add(
        "letter.approved", letter="l_Letter0001", approvals=2, pdf=hashed("other")))[-1],
    "handed over unapproved": lambda log: (log.letter("l_Letter0001", C, 10), handed_over(log))[-1],
    "handed over with more names": lambda log: (
        approved(log), handed_over(log, named=6, names=commitment("n")))[-1],
    "a wrong attempt": lambda log: (approved(log), handed_over(log, attempt=2))[-1],
    "an unresolved doubt": lambda log: (
        approved(log), log.add("letter.uncertain", letter="l_Letter0001", attempt=1), handed_over(log))[-1],
    "answers out of order": lambda log: (approved(log), handed_over(log), log.add(
        "letter.answered", letter="l_Letter0001", outcome="answer", version=2, document=hashed("a")))[-1],
    "overdue before its day": lambda log: (approved(log), handed_over(log), log.add(
        "letter.overdue", letter="l_Letter0001", due="2026-12-01"))[-1],
    "composed for a withdrawn appeal": lambda log: (
        log.add("campaign.withdrawn", campaign=C, reason="order"), log.letter("l_Letter0001", C, 10))[-1],
    "a letter that was never composed": lambda log: log.add(
        "letter.accepted", letter="l_Nothing001", evidence=hashed("e")),
}  # fmt: skip
LIES = {**SIGNED_AGAIN, **CAMPAIGNS, **TALLIES, **LETTERS}


def test_the_log_without_a_lie_is_right() -> None:
    log = log_with_campaign()
    tally(log, by_country={"CZ": 5, "TR": 5}, merged=0)
    approved(log)
    handed_over(log)
    report = replay(log.lines())
    assert (report.errors, report.findings) == ([], [])


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_an_error_at_its_entry(name: str) -> None:
    log = log_with_campaign()
    index = LIES[name](log)
    report = replay(log.lines())
    assert {error.index for error in report.errors} == {index}
    assert report.exit_code == 1


def test_at_risk_a_tally_does_not_fall_within_a_batch() -> None:
    log = log_with_campaign(AT_RISK)
    index = tally(log, at_size=len(log.events) - 2, active=8, merged=8)
    assert [error.index for error in replay(log.lines()).errors] == [index]


def test_a_late_entry_is_a_finding() -> None:
    log = log_with_campaign()
    log.day = "2026-03-01"
    log.add("campaign.update_posted", campaign=C, document=hashed("u"))
    index = log.signs(C, 90, day="2026-01-06")
    report = replay(log.lines())
    assert not report.errors
    assert [finding.index for finding in report.findings] == [index]
    assert report.exit_code == 3


def test_the_first_entry_opens_the_log() -> None:
    lines = log_with_campaign().lines()[1:]
    assert replay(lines).errors[0].index == 0


def test_after_an_error_the_rest_is_still_checked() -> None:
    log = log_with_campaign()
    first, second = log.signs(C, 3), log.signs(C, 4)
    log.signs(C, 99)
    report = replay(log.lines())
    assert [error.index for error in report.errors] == [first, second]
    assert report.campaigns[C].active == 11
