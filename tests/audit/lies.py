"""What the tests of rules share: a right log to lie in, steps that many lies need, and what the auditor has to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.audit.replay import replay
from service.audit.report import ERROR, Report
from tests.audit.builder import ORDINARY, Builder, hashed, token

C, L = "c_Ordinary01", "l_Letter0001"
TEXT = f"{C} text"
PDF = f"{L} pdf"
BATCH, OTHER_BATCH = "b_Batch00001", "b_Batch00002"

# The field that the error has to name, and what appends the lie: its last entry is the one to be refused.
Lie = tuple[str, Callable[[Builder], Any]]


def log_with_campaign(rules: dict[str, Any] = ORDINARY, signers: int = 10, **changed: Any) -> Builder:
    """Return a log with an addressee, one open campaign and its signers."""
    log = Builder()
    log.office("some-court")
    log.campaign(C, rules, **changed)
    for number in range(signers):
        log.signs(C, number)
    return log


def refuses(log: Builder, field: str, index: int | None = None) -> Report:
    """Check that exactly one entry, the last unless said otherwise, is an error, and which field it names first."""
    report = replay(log.lines())
    entry = len(log.events) - 1 if index is None else index
    assert {error.index for error in report.errors} == {entry}
    assert report.errors[0].field == field
    assert report.errors[0].message
    assert report.exit_code == ERROR
    return report


def accepts(log: Builder) -> Report:
    """Check that the log holds no error and no finding."""
    report = replay(log.lines())
    assert (report.errors, report.findings) == ([], [])
    return report


def invalidates(log: Builder, number: int = 1, batch: str = BATCH, **changed: Any) -> int:
    """Invalidate a signature."""
    fields = {"campaign": C, "signature": token(number, C), "reason": "forged", "batch": batch, "approvals": 2}
    return log.add("signature.invalidated", **(fields | changed))


def reinstates(log: Builder, number: int = 1, batch: str = BATCH, **changed: Any) -> int:
    """Reinstate a signature."""
    fields = {"campaign": C, "signature": token(number, C), "batch": batch, "approvals": 2}
    return log.add("signature.reinstated", **(fields | changed))


def tally(log: Builder, active: int = 10, **changed: Any) -> int:
    """Publish a tally at the present size, without countries."""
    fields: dict[str, Any] = {
        "campaign": C, "text": hashed(TEXT), "at_size": len(log.events), "active": active, "outdated": 0,
        "withdrawn": 0, "invalidated": 0, "by_country": {}, "merged": active, "erased": 0,
    }  # fmt: skip
    return log.add("tally.published", **(fields | changed))


def closes(log: Builder, *then: str) -> int:
    """Close the campaign, and do to it what follows, such as seal it."""
    index = log.add("campaign.closed", campaign=C, reason="goal")
    for kind in then:
        index = log.add(f"campaign.{kind}", campaign=C)
    return index


def letter(log: Builder, *steps: str, **changed: Any) -> int:
    """Compose the letter and take the steps named."""
    index = log.letter(L, C, 10, **changed)
    for step in steps:
        index = STEPS[step](log)
    return index


def approves(log: Builder, **changed: Any) -> int:
    """Approve the letter."""
    return log.add("letter.approved", **({"letter": L, "approvals": 2, "pdf": hashed(PDF)} | changed))


def hands_over(log: Builder, attempt: int = 1, **changed: Any) -> int:
    """Hand the letter over."""
    fields: dict[str, Any] = {"channel": "email", "attempt": attempt, "evidence": hashed("e"), "named": 0}
    return log.add("letter.handed_over", letter=L, **(fields | changed))


def answers(log: Builder, version: int = 1) -> int:
    """Record an answer to the letter."""
    return log.add("letter.answered", letter=L, outcome="answer", version=version, document=hashed("a"))


STEPS: dict[str, Callable[[Builder], int]] = {
    "approved": approves,
    "handed over": hands_over,
    "failed": lambda log: log.add("letter.failed", letter=L, attempt=1, class_="temporary"),
    "uncertain": lambda log: log.add("letter.uncertain", letter=L, attempt=1),
    "accepted": lambda log: log.add("letter.accepted", letter=L, evidence=hashed("e")),
    "bounced": lambda log: log.add("letter.bounced", letter=L, evidence=hashed("e")),
    "acknowledged": lambda log: log.add("letter.acknowledged", letter=L, evidence=hashed("e")),
    "overdue": lambda log: log.add("letter.overdue", letter=L, due="2026-01-04"),
    "answered": answers,
    "dropped": lambda log: log.add("letter.dropped", letter=L, reason="abandoned"),
    "composed": lambda log: log.letter(L, C, 10),
}
