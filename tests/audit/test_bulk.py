"""Runs of signatures taken at once are judged as each entry alone would be."""

from __future__ import annotations

import random

import pytest

from service.audit.bulk import Bulk
from service.audit.replay import Replay, replay
from service.audit.report import Report
from tests.audit.builder import AT_RISK, ORDINARY, Builder, commitment, hashed, token
from tests.audit.lies import C, closes, invalidates, log_with_campaign, refuses
from tests.old_logs.test_old_logs import LEAVES


def one_by_one(lines: list[bytes], monkeypatch: pytest.MonkeyPatch) -> Report:
    """Replay with every entry read on its own."""
    with monkeypatch.context() as patched:
        patched.setattr(Bulk, "fits", lambda self, leaf: False)
        return replay(lines)


def taken(lines: list[bytes], monkeypatch: pytest.MonkeyPatch) -> int:
    """Count the entries that a replay takes in runs."""
    sizes: list[int] = []
    take = Bulk.take

    def counting(self: Bulk, index: int) -> bool:
        sizes.append(len(self.run))
        return take(self, index)

    with monkeypatch.context() as patched:
        patched.setattr(Bulk, "take", counting)
        replay(lines)
    return sum(sizes)


def mixed(seed: int) -> list[bytes]:
    """Build a log of two campaigns with every kind of change between the signatures, right and wrong ones."""
    noise, log = random.Random(seed), log_with_campaign(signers=20)
    log.campaign("c_AtRisk0001", AT_RISK)
    for number in range(20, 300):
        name = noise.choice([C, C, "c_AtRisk0001"])
        kind = noise.randrange(40)
        if kind == 0:
            log.withdraws(C, noise.randrange(number))
        elif kind == 1:
            invalidates(log, noise.randrange(number))
        elif kind == 2:
            log.day = noise.choice(["2026-01-05", "2026-01-06", "2026-01-07", "2026-02-01"])
        elif kind == 3:
            log.signs(name, noise.randrange(number), "renewed")
        elif kind == 4:
            log.signs(name, noise.randrange(number))
        elif kind == 5:
            log.signs(name, number, commitment=commitment(str(number))[:-1] + noise.choice("AB"))
        elif kind == 6:
            log.add("campaign.wording_published", campaign=name, wording=hashed(f"w{number}"), reviewed=1)
        elif kind == 7 and number > 200:
            log.add("campaign.closed", campaign=name, reason="goal")
        else:
            log.signs(name, number, day=noise.choice([log.day, log.day, "2026-01-05"]))
    return log.lines()


@pytest.mark.parametrize("seed", range(25))
def test_a_run_gives_the_same_report_as_its_entries_alone(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = mixed(seed)
    assert replay(lines) == one_by_one(lines, monkeypatch)
    assert taken(lines, monkeypatch) > 20


@pytest.mark.parametrize("seed", range(3))
def test_a_run_leaves_the_same_trail_for_annexes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    trails = []
    for fits in (Bulk.fits, lambda self, leaf: False):
        monkeypatch.setattr(Bulk, "fits", fits)
        replayed = Replay(lambda document: None)
        replayed.feed(mixed(seed))
        trails.append({name: campaign.trail for name, campaign in replayed.log.campaigns.items()})
    assert trails[0] == trails[1]
    assert len(trails[0][C]) > 100


def test_an_old_log_gives_the_same_report_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    assert replay(LEAVES) == one_by_one(LEAVES, monkeypatch)


def test_nearly_all_signatures_are_taken_in_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken(log_with_campaign(signers=1000).lines(), monkeypatch) == 999


@pytest.mark.parametrize("place", [100, 300, 499])
@pytest.mark.parametrize(("field", "changed"), [
    ("signature", {"signature": token(7, C)}), ("signature", {"signature": token(1000, C)[:-1] + "B"}),
    ("signature", {"signature": token(1000, C)[:-2] + "+A"}),
    ("commitment", {"commitment": commitment("x")[:-1] + "B"}),
    ("commitment", {"commitment": commitment("x")[:20] + "/" + commitment("x")[21:]}),
])  # fmt: skip
def test_one_lie_within_a_run_is_the_only_error(place: int, field: str, changed: dict[str, str]) -> None:
    log = log_with_campaign(signers=500)
    log.signs(C, 1000, **changed)
    log.events.insert(place, log.events.pop())
    refuses(log, field, place)


def test_the_same_token_twice_within_a_run_is_an_error_of_the_second() -> None:
    log = log_with_campaign(signers=500)
    log.signs(C, 400)
    refuses(log, "signature")


@pytest.mark.parametrize("then", [
    lambda log: closes(log), lambda log: log.add("campaign.withdrawn", campaign=C, reason="order"),
    lambda log: log.add("campaign.text_replaced", campaign=C, text=hashed("new"), replaces=hashed(f"{C} text")),
])  # fmt: skip
def test_what_changes_the_campaign_ends_what_a_run_may_hold(then: object) -> None:
    log = log_with_campaign(ORDINARY, signers=100)
    assert callable(then)
    then(log)
    log.signs(C, 100)
    report = replay(log.lines())
    assert [error.index for error in report.errors] == [len(log.events) - 1]


def test_a_late_signature_within_a_run_is_a_finding_each_time() -> None:
    log = log_with_campaign(signers=50)
    log.day = "2026-01-20"
    log.signs(C, 50)
    for number in range(51, 60):
        log.signs(C, number, day="2026-01-06")
        log.signs(C, number + 100)
    assert len(replay(log.lines()).findings) == 9


def test_a_builders_log_is_the_same_in_parts_of_any_size() -> None:
    log = Builder()
    log.office("some-court")
    log.campaign(C)
    for number in range(9_000):
        log.signs(C, number)
    report = replay(log.lines())
    assert (report.size, report.campaigns[C].active, report.errors) == (9_004, 9_000, [])
