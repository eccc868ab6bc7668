"""Rules of signatures: docs/log_format.md section 7.3."""

from __future__ import annotations

import pytest

from service.audit.replay import replay
from service.audit.report import FINDINGS
from tests.audit.builder import AT_RISK, Builder, commitment, hashed, token
from tests.audit.lies import (
    BATCH,
    OTHER_BATCH,
    C,
    Lie,
    accepts,
    closes,
    invalidates,
    log_with_campaign,
    refuses,
    reinstates,
)  # fmt: skip

OTHER = "c_Another001"
WEEKLY = AT_RISK | {"batch_max_s": 604_800}


def corrects(log: Builder, kind: str = "corrected") -> int:
    return log.add(f"campaign.text_{kind}", campaign=C, text=hashed("new"), replaces=hashed(f"{C} text"))


LIES: dict[str, Lie] = {
    "a token signs twice": ("signature", lambda log: log.signs(C, 3)),
    "a token signs again after withdrawing": ("signature", lambda log: (log.withdraws(C, 3), log.signs(C, 3))),
    "a token of another campaign signs": (
        "signature", lambda log: (log.campaign(OTHER), log.signs(OTHER, 1, signature=token(1, C)))),
    "a token of another campaign is withdrawn": (
        "signature", lambda log: (log.campaign(OTHER), log.add(
            "signature.withdrawn", campaign=OTHER, signature=token(1, C)))),
    "a commitment that is too short": ("commitment", lambda log: log.signs(C, 50, commitment="A" * 42)),
    "stray bits in a commitment": ("commitment", lambda log: log.signs(C, 50, commitment="A" * 42 + "B")),
    "stray bits in a token": ("signature", lambda log: log.signs(C, 50, signature="A" * 21 + "B")),
    "an upper-case hash": ("text", lambda log: log.signs(C, 50, text=hashed("x").upper())),
    "a day that does not exist": ("day", lambda log: log.signs(C, 50, day="2026-02-30")),
    "signed before opening": ("day", lambda log: log.signs(C, 50, day="2026-01-04")),
    "signed after closing": ("day", lambda log: log.signs(C, 50, day="2027-01-01")),
    "renewed after closing": ("day", lambda log: log.signs(C, 5, "renewed", day="2027-01-01")),
    "withdrawn before opening": ("day", lambda log: log.add(
        "signature.withdrawn", campaign=C, signature=token(1, C), day="2026-01-04")),
    "a text of nobody": ("text", lambda log: log.signs(C, 50, text=hashed("other"))),
    "a text that was replaced": ("text", lambda log: (corrects(log, "replaced"), log.signs(C, 50))),
    "a consent that was never published": ("wording", lambda log: log.signs(C, 50, wording=hashed("other"))),
    "an unknown method": ("method", lambda log: log.signs(C, 50, method="paper/1")),
    "a name": ("", lambda log: log.signs(C, 50, name="Anna")),
    "a campaign that was never opened": ("campaign", lambda log: log.signs("c_Unknown001", 1)),
    "withdrawn from a campaign that was never opened": ("campaign", lambda log: log.withdraws("c_Unknown001", 1)),
    "renewed without a signature": ("signature", lambda log: log.signs(C, 50, "renewed")),
    "renewed while invalidated": ("signature", lambda log: (invalidates(log), log.signs(C, 1, "renewed"))),
    "renewed while an invalidation stands": (
        "signature", lambda log: (invalidates(log), log.withdraws(C, 1), log.signs(C, 1, "renewed"))),
    "withdrawn without a signature": ("signature", lambda log: log.withdraws(C, 50)),
    "withdrawn twice": ("signature", lambda log: (log.withdraws(C, 1), log.withdraws(C, 1))),
    "invalidated twice": ("signature", lambda log: (invalidates(log), invalidates(log, batch=OTHER_BATCH))),
    "invalidated after withdrawing": ("signature", lambda log: (log.withdraws(C, 1), invalidates(log))),
    "invalidated by one person": ("approvals", lambda log: invalidates(log, approvals=1)),
    "invalidated for an unknown reason": ("reason", lambda log: invalidates(log, reason="disliked")),
    "reinstated while active": ("signature", reinstates),
    "reinstated after withdrawing": (
        "signature", lambda log: (invalidates(log), log.withdraws(C, 1), reinstates(log))),
    "reinstated by one person": ("approvals", lambda log: (invalidates(log), reinstates(log, approvals=1))),
    "reinstated from another batch": ("batch", lambda log: (invalidates(log), reinstates(log, batch=OTHER_BATCH))),
    "signed while closed": ("campaign", lambda log: (closes(log), log.signs(C, 50))),
    "renewed while closed": ("campaign", lambda log: (closes(log), log.signs(C, 1, "renewed"))),
    "withdrawn after sealing": ("campaign", lambda log: (closes(log, "sealed"), log.withdraws(C, 1))),
    "invalidated after sealing": ("campaign", lambda log: (closes(log, "sealed"), invalidates(log))),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_lie_about_a_signature_is_refused(name: str) -> None:
    log = log_with_campaign()
    field, lie = LIES[name]
    lie(log)
    refuses(log, field)


def test_whoever_withdrew_may_sign_again_and_counts_once() -> None:
    log = log_with_campaign()
    log.withdraws(C, 1)
    log.signs(C, 1, "renewed")
    invalidates(log, 2)
    reinstates(log, 2, BATCH)
    invalidates(log, 3)
    log.withdraws(C, 3)
    counts = accepts(log).campaigns[C]
    assert (counts.active, counts.withdrawn, counts.invalidated) == (9, 1, 0)


def test_withdrawing_is_possible_until_the_campaign_is_sealed() -> None:
    log = log_with_campaign()
    closes(log)
    log.withdraws(C, 1)
    assert accepts(log).campaigns[C].withdrawn == 1


def test_signatures_carry_over_a_correction_and_not_a_replacement() -> None:
    log = log_with_campaign()
    corrects(log)
    log.signs(C, 50)  # who saw the earlier text
    log.signs(C, 51, text=hashed("new"))
    assert accepts(log).campaigns[C].active == 12
    log.add("campaign.text_replaced", campaign=C, text=hashed("third"), replaces=hashed("new"))
    log.signs(C, 50, "renewed", text=hashed("third"))
    counts = accepts(log).campaigns[C]
    assert (counts.active, counts.outdated) == (1, 11)


def test_with_a_period_of_a_week_the_day_is_its_monday() -> None:
    log = Builder(day="2026-01-07")
    log.office("some-court")
    log.campaign(C, WEEKLY)
    log.signs(C, 1, day="2026-01-05")  # the Monday of the week in which it opened
    accepts(log)
    refuses_day = log.signs(C, 2, day="2026-01-07")
    refuses(log, "day", refuses_day)


def test_a_late_entry_is_a_finding_and_one_day_is_not_late() -> None:
    log = log_with_campaign()
    log.day = "2026-03-01"
    log.add("campaign.update_posted", campaign=C, document=hashed("u"))
    log.signs(C, 90, day="2026-02-28")
    accepts(log)
    index = log.signs(C, 91, day="2026-02-27", commitment=commitment("late"))
    report = replay(log.lines())
    assert not report.errors
    assert [(finding.index, finding.field) for finding in report.findings] == [(index, "day")]
    assert report.exit_code == FINDINGS


def test_after_an_error_the_rest_is_still_checked() -> None:
    log = log_with_campaign()
    first, second = log.signs(C, 3), log.signs(C, 4)
    log.signs(C, 99)
    report = replay(log.lines())
    assert [error.index for error in report.errors] == [first, second]
    assert report.campaigns[C].active == 11
