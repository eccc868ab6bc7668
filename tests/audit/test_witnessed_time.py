"""Witnesses' cosignatures are checked, make a quorum, and bound the days of entries (docs/log_format.md 7.3 and 8)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from service.audit.notes import BadNote
from service.audit.policy import read_policy
from service.audit.printing import as_text
from service.audit.report import Report
from service.audit.times import CosignedSize, Limits
from service.audit.verifying import TIME, Terms, verify_log
from tests.audit.builder import ORIGIN, Builder, vkey
from tests.audit.folder import signed_checkpoint, signed_promise, write_log
from tests.audit.lies import C, closes, log_with_campaign
from tests.audit.witnesses import cosigned, mldsa_cosigned, mldsa_witness, seconds, witness

LOG = f"log {vkey(ORIGIN, 1)}\n"
WITNESSES = "".join(f"witness w{number} {witness(number)}\n" for number in (1, 2, 3))
TWO_OF_THREE = f"{LOG}{WITNESSES}group most 2 w1 w2 w3\nquorum most\n"
NOON = seconds("2026-01-05T12:00:00")
NOW = Terms(now=NOON + 60)


@pytest.fixture
def log() -> Builder:
    """Return a log of 304 entries, all of one day."""
    return log_with_campaign(signers=300)


def audited(log: Builder, folder: Path, note: bytes, *known: Path, policy: str = TWO_OF_THREE) -> Report:
    """Publish a log under this checkpoint, and verify it at noon."""
    write_log(folder / "log", log.lines())
    (folder / "log" / "checkpoint").write_bytes(note)
    (folder / "policy").write_text(policy)
    return verify_log(str(folder / "log"), folder / "policy", lambda done, total: None, known, NOW)


def problems(report: Report) -> tuple[list[str], list[str]]:
    return [error.field for error in report.errors], [finding.field for finding in report.findings]


def test_a_quorum_of_witnesses_is_right_and_fewer_are_an_error(log: Builder, tmp_path: Path) -> None:
    note = signed_checkpoint(log.lines())
    assert problems(audited(log, tmp_path, cosigned(note, NOON, 1, 3))) == ([], [])
    assert problems(audited(log, tmp_path, cosigned(note, NOON, 1, 2, 3))) == ([], [])
    for too_few in (note, cosigned(note, NOON, 2), cosigned(note, NOON, 2, 2), cosigned(note, NOON, 2, 4)):
        report = audited(log, tmp_path, too_few)
        assert (problems(report), report.checks[1].errors) == ((["checkpoint"], []), 1)


def test_a_cosignature_that_fails_refuses_the_note(log: Builder, tmp_path: Path) -> None:
    note = signed_checkpoint(log.lines())
    other = cosigned(signed_checkpoint(log.lines()[:-1]), NOON, 2).split(b"\n")[-2] + b"\n"
    for wrong in (cosigned(note, NOON, 1, 3) + other, cosigned(note, 2**63, 1, 2)):
        report = audited(log, tmp_path, wrong)
        assert problems(report) == (["checkpoint"], [])
        assert "witness.example" in report.errors[0].found


def test_a_witness_may_cosign_with_ml_dsa(log: Builder, tmp_path: Path) -> None:
    policy = f"{LOG}witness pq {mldsa_witness(1)}\nquorum pq\n"
    note = mldsa_cosigned(signed_checkpoint(log.lines()), NOON, 1)
    report = audited(log, tmp_path, note, policy=policy)
    assert (problems(report), report.cosigned[0].first) == (([], []), NOON)
    wrong = mldsa_cosigned(signed_checkpoint(log.lines()[:-1]), NOON, 1).split(b"\n")[-2]
    assert problems(audited(log, tmp_path, signed_checkpoint(log.lines()) + wrong + b"\n", policy=policy))[0]


def test_without_a_library_for_ml_dsa_only_such_a_witness_cannot_be_checked(
    log: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = mldsa_cosigned(signed_checkpoint(log.lines()), NOON, 1)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.mldsa", None)
    report = audited(log, tmp_path, note, policy=f"{LOG}witness pq {mldsa_witness(1)}\nquorum pq\n")
    assert "install cryptography 50" in report.errors[0].found
    assert problems(audited(log, tmp_path, cosigned(note, NOON, 1, 2))) == ([], [])


def test_without_witnesses_time_is_said_to_be_unproved(log: Builder, tmp_path: Path) -> None:
    report = audited(log, tmp_path, signed_checkpoint(log.lines()), policy=f"{LOG}quorum none\n")
    assert problems(report) == ([], [])
    assert as_text(report).count("not checked: the policy asks for no witnesses") == 2


def test_a_checkpoint_last_cosigned_an_hour_ago_or_in_the_future_is_a_finding(log: Builder, tmp_path: Path) -> None:
    note = signed_checkpoint(log.lines())
    for age, findings in ((3600 - 60, []), (3600, ["checkpoint"]), (-960, []), (-961, ["checkpoint"])):
        assert problems(audited(log, tmp_path, cosigned(note, NOON - age, 1, 2))) == ([], findings)


@pytest.mark.parametrize(("seen", "errors", "findings"), [
    ("2026-01-05T00:00:00", [], []), ("2026-01-04T23:59:59", [], [303]), ("2026-01-04T23:45:00", [], [303]),
    ("2026-01-04T23:44:59", [303], []), ("2025-12-31T12:00:00", [303], []),
])  # fmt: skip
def test_a_day_that_began_after_a_witness_saw_the_entry(
    tmp_path: Path, seen: str, errors: list[int], findings: list[int]
) -> None:
    log = log_with_campaign(signers=299, opens="2025-12-31")
    for event in log.events:
        event["day"] = "2025-12-31"
    log.signs(C, 299)
    known = tmp_path / "known"
    known.write_bytes(cosigned(signed_checkpoint(log.lines()), seconds(seen), 1))
    report = audited(log, tmp_path, cosigned(signed_checkpoint(log.lines()), NOON, 1, 2), known)
    assert [error.index for error in report.errors if error.index >= 0] == errors
    assert [finding.index for finding in report.findings] == findings
    assert next(check.errors for check in report.checks if check.title == TIME) == len(errors)


def test_the_first_cosignature_is_the_earliest_of_all_that_cover_an_entry() -> None:
    limits = Limits([CosignedSize(20, 50, 60, []), CosignedSize(10, 100, 100, []), CosignedSize(30, 70, 70, [])])
    assert [limits.covered_by(index) for index in (0, 9, 10, 19, 20, 29, 30)] == [50, 50, 50, 50, 70, 70, None]
    assert [limits.next_change(index) for index in (0, 9, 10, 29, 30)] == [10, 10, 20, 30, None]


def test_a_cosignature_counts_for_what_it_covers_alone(tmp_path: Path) -> None:
    log = log_with_campaign(signers=100)
    log.day = "2026-01-06"
    first, known = len(log.events), tmp_path / "known"
    for number in range(100, 200):
        log.signs(C, number)
    noon = seconds("2026-01-06T12:00:00")
    note = cosigned(signed_checkpoint(log.lines()), noon, 1, 2)
    for size, wrong in ((first, []), (first + 3, [first, first + 1, first + 2])):
        known.write_bytes(cosigned(signed_checkpoint(log.lines()[:size]), NOON, 1))
        report = audited(log, tmp_path, note, known)
        assert [error.index for error in report.errors] == wrong
    assert "entries 0 to 106: added before 2026-01-05T12:00:00Z, says witness.example/1" in as_text(report)
    assert "entries 107 to 203: added after 2026-01-05T12:00:00Z and before 2026-01-06T12:00:00Z" in as_text(report)


def test_what_witnesses_say_of_another_log_bounds_nothing_here(log: Builder, tmp_path: Path) -> None:
    known, other = tmp_path / "known", "other.example/log"
    known.write_bytes(cosigned(signed_checkpoint(log.lines()[:100], 9, other), seconds("2020-01-01T00:00:00"), 1))
    note = cosigned(signed_checkpoint(log.lines()), NOON, 1, 2)
    policy = TWO_OF_THREE.replace(LOG, f"{LOG}log {vkey(other, 9)}\n")
    report = audited(log, tmp_path, note, known, policy=policy)
    assert problems(report) == (["known"], [])
    assert [each.size for each in report.cosigned] == [304]


def test_a_late_entry_is_a_finding_and_other_events_days_are_not_bound(tmp_path: Path) -> None:
    log = log_with_campaign(signers=20)
    log.day = "2026-01-09"
    closes(log)
    note = cosigned(signed_checkpoint(log.lines()), NOON, 1, 2)
    assert problems(audited(log, tmp_path, note)) == ([], [])


def test_a_promise_is_judged_by_what_witnesses_saw(log: Builder, tmp_path: Path) -> None:
    lines, promise, known = log.lines(), tmp_path / "promise", tmp_path / "known"
    note = cosigned(signed_checkpoint(lines), NOON, 1, 2)
    for leaf, due, found in (
        (lines[50], NOON, ([], [])), (lines[50][:-1], NOON + 1, ([], ["promise"])),
        (lines[50][:-1], NOON, (["promise"], [])),
    ):  # fmt: skip
        promise.write_bytes(signed_promise(leaf, due))
        assert problems(audited(log, tmp_path, note, promise)) == found
    promise.write_bytes(signed_promise(lines[50], NOON - 60))
    known.write_bytes(cosigned(signed_checkpoint(lines[:50]), NOON - 30, 1))
    report = audited(log, tmp_path, note, promise, known)
    assert (problems(report), report.errors[0].found) == ((["promise"], []), "broken: entry 50 was not there in time")


@pytest.mark.parametrize("lines", [
    "", "quorum none\n", f"{LOG}", f"{LOG}quorum w1\n", f"{LOG}quorum none\nquorum none\n", f"{LOG}{LOG}quorum none\n",
    f"{LOG}quorum none\r\n", f"{LOG}witness w1 {vkey('x', 5)}\nquorum w1\n",
    f"{LOG}witness none {witness(1)}\nquorum none",
    f"{LOG}witness a {witness(1)}\nwitness b {witness(1)}\nquorum a\n",
    f"{LOG}{WITNESSES}group g 4 w1 w2 w3\nquorum g\n",
    f"{LOG}{WITNESSES}group g 0 w1 w2\nquorum g\n", f"{LOG}{WITNESSES}group g 02 w1 w2\nquorum g\n",
    f"{LOG}{WITNESSES}group g any w1 w1\nquorum g\n", f"{LOG}{WITNESSES}group g any w1 h\ngroup h any w2\nquorum g\n",
    f"{LOG}{WITNESSES}group g any\nquorum g\n", f"{LOG}{WITNESSES}group w1 any w2\nquorum w1\n",
    f"{LOG}extra x\nquorum none",
    f"{LOG}{WITNESSES}group g any w1\ngroup h any w1\nquorum h\n", f"{LOG}{WITNESSES}group g any none\nquorum g\n",
    f"{LOG}\0quorum none\n", "#" * 1_100_000,
])  # fmt: skip
def test_a_malformed_policy_is_refused(lines: str) -> None:
    with pytest.raises(BadNote):
        read_policy(lines)


def test_groups_of_groups_are_counted_as_the_policy_says() -> None:
    text = f"# pinned\n\n{LOG}{WITNESSES}witness w4 {witness(4)} https://w4.example\n"
    text += "group\tleft any w1 w2\n  group right all w3 w4\ngroup both all left right\nquorum both\n"
    policy = read_policy(text)
    for names, met in ((("w1", "w3", "w4"), True), (("w1", "w2", "w3"), False), (("w3", "w4"), False), ((), False)):
        assert policy.is_met_by(policy.witnesses[name] for name in names) is met


def test_many_unknown_signatures_are_passed_over(log: Builder, tmp_path: Path) -> None:
    note = cosigned(signed_checkpoint(log.lines()), NOON, 1, 2, *range(4, 21))
    assert problems(audited(log, tmp_path, note)) == ([], [])
