"""Rules of the log's own events and of addressees: docs/log_format.md sections 7.1 and 7.5."""

from __future__ import annotations

from typing import Any

import pytest

from service.audit.replay import replay
from tests.audit.builder import ORIGIN, Builder, hashed, vkey
from tests.audit.lies import C, Lie, accepts, log_with_campaign, refuses

KEYS = {"log_key": vkey(ORIGIN, 1), "promise_key": vkey(f"{ORIGIN}/promise", 3)}
FIRST_ID = vkey(ORIGIN, 1).split("+")[1]


def rotates(log: Builder, **changed: Any) -> int:
    fields = {"role": "log", "key": vkey(ORIGIN, 5), "replaces": FIRST_ID, "reason": "planned"}
    return log.add("key.rotated", **(fields | changed))


def exports(log: Builder, **changed: Any) -> int:
    fields = {"campaign": C, "scope": "names-addressee", "recipient": "court", "at_size": 5, "approvals": 2}
    return log.add("export.made", **(fields | changed))


def audits(log: Builder, **changed: Any) -> int:
    parts = {"sampled": 5, "opened": 3, "unanswered": 1, "failed": 1}
    return log.add("audit.reported", **({"campaign": C, "at_size": 5, "document": hashed("x")} | parts | changed))


def removes(log: Builder, **changed: Any) -> int:
    fields = {"document": hashed(f"{C} text"), "reason": "mistake", "approvals": 2}
    return log.add("document.removed", **(fields | changed))


def office(log: Builder, kind: str, slug: str = "some-court", **fields: Any) -> int:
    return log.add(f"addressee.{kind}", addressee=slug, **fields)


LIES: dict[str, Lie] = {
    "the log is opened again": ("type", lambda log: log.add("log.opened", origin=ORIGIN, **KEYS)),
    "a key that replaces none in use": ("replaces", lambda log: rotates(log, replaces="00000000")),
    "a key of the other role is replaced": ("replaces", lambda log: rotates(log, role="promise")),
    "a stolen key is replaced twice": ("replaces", lambda log: (
        rotates(log, reason="stolen"), rotates(log, key=vkey(ORIGIN, 6)))),
    "a key is replaced by itself": ("key", lambda log: rotates(log, key=vkey(ORIGIN, 1))),
    "a key of another name": ("key", lambda log: rotates(log, key=vkey("other.example/log", 5))),
    "a key whose id is not its own": ("key", lambda log: rotates(log, key=vkey(ORIGIN, 5).replace("+", "+0", 1))),
    "a document that nobody named is removed": ("document", lambda log: removes(log, document=hashed("nothing"))),
    "a document is removed by one person": ("approvals", lambda log: removes(log, approvals=1)),
    "names exported by one person": ("approvals", lambda log: exports(log, approvals=1)),
    "an export of a future size": ("at_size", lambda log: exports(log, at_size=len(log.events) + 1)),
    "an export to nobody known": ("recipient", lambda log: exports(log, recipient="friend")),
    "an audit whose parts do not sum": ("sampled", lambda log: audits(log, failed=0)),
    "an audit of a future size": ("at_size", lambda log: audits(log, at_size=len(log.events) + 1)),
    "an incident of an unknown class": ("class", lambda log: log.add(
        "incident.reported", class_="alien", document=hashed("x"))),
    "an addressee registered twice": ("addressee", lambda log: office(log, "registered", document=hashed("x"))),
    "an addressee with an upper-case name": (
        "addressee", lambda log: office(log, "registered", "Some-Court", document=hashed("x"))),
    "another record verified": ("document", lambda log: office(log, "verified", document=hashed("x"))),
    "another record amended": ("replaces", lambda log: office(
        log, "amended", document=hashed("x"), replaces=hashed("y"))),
    "nobody known is verified": ("addressee", lambda log: office(log, "verified", "nobody", document=hashed("x"))),
    "nobody known is amended": ("addressee", lambda log: office(
        log, "amended", "nobody", document=hashed("x"), replaces=hashed("y"))),
    "nobody known is retired": ("addressee", lambda log: office(log, "retired", "nobody", reason="closed")),
    "a leaf that is too large": ("", lambda log: log.campaign(
        "c_Another001", addressees=[f"{n:02}-{'x' * 29}" for n in range(16)] + ["y" * 32] * 30)),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in LIES if name != "a leaf that is too large"])
def test_a_lie_about_the_log_or_an_addressee_is_refused(name: str) -> None:
    log = log_with_campaign()
    field, lie = LIES[name]
    lie(log)
    refuses(log, field)


def test_a_leaf_that_is_too_large_is_refused() -> None:
    log = log_with_campaign()
    LIES["a leaf that is too large"][1](log)
    assert replay(log.lines()).errors[0].expected == "at most 1024 bytes"


def test_the_first_entry_opens_the_log() -> None:
    lines = log_with_campaign().lines()[1:]
    assert replay(lines).errors[0].index == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("log_key", vkey("other.example/log", 1)),
        ("promise_key", vkey(ORIGIN, 3)),
        ("log_key", vkey(ORIGIN, 1, algorithm=4)),  # a cosigner's key
    ],
)
def test_a_log_is_opened_with_keys_of_its_own_name(field: str, value: str) -> None:
    log = log_with_campaign()
    log.events[0][field] = value
    refuses(log, field, 0)


def test_a_planned_rotation_leaves_the_old_key_in_use_for_90_days() -> None:
    log = log_with_campaign()
    rotates(log)
    log.day = "2026-04-05"
    rotates(log, key=vkey(ORIGIN, 6))
    assert len(accepts(log).log_keys) == 3
    log.day = "2026-04-06"
    log.add("incident.reported", class_="key", document=hashed("x"))
    assert FIRST_ID not in accepts(log).log_keys
    rotates(log, key=vkey(ORIGIN, 7))
    refuses(log, "replaces")


def test_counts_may_leave_with_one_persons_word() -> None:
    log = log_with_campaign()
    exports(log, scope="counts", approvals=0)
    audits(log)
    removes(log)
    accepts(log)
