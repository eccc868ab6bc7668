"""The lot: the vectors, two implementations that agree, and chances that are even."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit import sampling as auditor
from service.audit.sample_check import fakes_at_most
from service.eventlog.log import PetitionLog
from service.publishing.beacon import CHAINS
from service.publishing.leaves import leaves
from service.publishing.sampling import draw, population
from service.signatures.events import (
    SignatureInvalidated,
    SignatureRecorded,
    SignatureReinstated,
    SignatureRenewed,
    SignatureWithdrawn,
)
from service.store.database import Database
from tests.letters.conftest import CAMPAIGN, Appeal, token

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "audit" / "vectors" / "sampling.json").read_text()
)["draws"]
TEXT = "petition.example/log\n7\nAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\n"


@pytest.mark.parametrize("which", [draw, auditor.draw], ids=["service", "auditor"])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["what"])
def test_the_vectors(which: Any, vector: dict[str, Any]) -> None:
    randomness, positions = bytes.fromhex(vector["randomness"]), vector["positions"]
    assert which(vector["checkpoint"], randomness, vector["population"], len(positions)) == positions


@given(st.binary(min_size=32, max_size=32), st.integers(1, 60), st.data())
def test_both_draw_the_same_each_once_and_a_longer_draw_begins_with_a_shorter(
    randomness: bytes, n: int, data: st.DataObject
) -> None:
    size = data.draw(st.integers(0, n))
    drawn = draw(TEXT, randomness, n, size)
    assert drawn == auditor.draw(TEXT, randomness, n, size)
    assert len(set(drawn)) == size
    assert all(0 <= position < n for position in drawn)
    assert draw(TEXT, randomness, n, n)[:size] == drawn


def test_chances_are_even() -> None:
    n, draws, seen = 20, 400, [0] * 20
    for number in range(draws):
        for position in draw(TEXT, number.to_bytes(32, "big"), n, 5):
            seen[position] += 1
    expected = draws * 5 / n
    chi_squared = sum((count - expected) ** 2 / expected for count in seen)
    assert chi_squared < 36.19  # 19 degrees of freedom: 1 % of fair draws exceed it; these seeds are fixed


@pytest.mark.parametrize("which", [draw, auditor.draw], ids=["service", "auditor"])
def test_more_than_there_are_cannot_be_drawn(which: Any) -> None:
    for randomness, size in ((bytes(32), 4), (bytes(31), 1)):
        with pytest.raises(ValueError, match="cannot draw"):
            which(TEXT, randomness, 3, size)


def test_a_round_has_its_time() -> None:
    # As the Ruby client of drand documents it: round 27946612 of quicknet is of 2026-04-20T00:00:00Z.
    assert CHAINS["quicknet"].time_of(27_946_612) == auditor.CHAINS["quicknet"].seconds(27_946_612) == 1_776_643_200
    for name, chain in CHAINS.items():
        other = auditor.CHAINS[name]
        assert (chain.hash, chain.genesis, chain.period_s) == (other.hash, other.first, other.every_s)


@pytest.mark.parametrize(("sampled", "bad", "share"), [(300, 0, 0.0099), (1000, 0, 0.003), (300, 3, 0.0256), (2, 2, 1)])
def test_the_bound_is_the_one_of_the_books(sampled: int, bad: int, share: float) -> None:
    assert fakes_at_most(sampled, bad) == pytest.approx(share, abs=0.0001)


def test_both_find_the_same_population_at_every_size(database: Database, appeal: Appeal) -> None:
    appeal.opens()
    opened = appeal.log.stream(CAMPAIGN)[0].event
    appeal.append(msgspec.structs.replace(opened, campaign="c_Another001"))
    appeal.signed_by(*"abcdefg")
    kept = {"day": "2026-03-02", "campaign": CAMPAIGN}
    changed = {"batch": "b_AbCdEfGhIj", "approvals": 2}
    signed = {"commitment": "B" * 42 + "A", "text": appeal.text, "wording": "c" * 64, "method": "email/1"}
    appeal.append(
        SignatureWithdrawn(signature=token("a"), **kept),
        SignatureInvalidated(signature=token("b"), reason="forged", **changed, **kept),
        SignatureInvalidated(signature=token("c"), reason="forged", **changed, **kept),
        SignatureReinstated(signature=token("c"), **changed, **kept),
        SignatureRenewed(signature=token("d"), **signed, **kept),
        SignatureRenewed(signature=token("a"), **signed, **kept),
        SignatureWithdrawn(signature=token("e"), **kept),
        SignatureRecorded(signature=token("h"), **signed, **kept | {"campaign": "c_Another001"}),
    )
    entries = list(leaves(database))
    for size in range(len(entries) + 1):
        theirs = auditor.Population(CAMPAIGN)
        theirs.feed(entries[:size])
        with database.read() as connection:
            assert list(population(connection, CAMPAIGN, size)) == theirs.entries()
    first = len(entries) - 15  # of a; then b to g
    assert theirs.entries() == [first + 2, first + 5, first + 6, first + 11, first + 12]
    assert theirs.commitment(first + 11) == signed["commitment"]


@pytest.fixture
def appeal(database: Database, clock: Any) -> Appeal:
    """Return the example appeal, not opened yet."""
    return Appeal(database, PetitionLog(database), clock)
