"""Signatures are found false by two people and reinstated; what changed in between is left alone."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.clock import FixedClock, day_of
from service.errors import Busy, NotFound, Refused
from service.signatures.events import SignatureInvalidated, SignatureReinstated
from service.signatures.listed import ranges
from service.store.database import Database
from service.store.gates import hold_gate
from service.store.tables import campaign, waiting
from service.vault.keys import Keys
from tests.signatures.conftest import ORDINARY, Signing, make_signing
from tests.signatures.judging import accuses, decided, decides, entry_of, preview, takes_back


def joined(signing: Signing, number: int) -> list[str]:
    pages = [signing.joins() for _ in range(number)]
    signing.records()
    return pages


def test_they_count_no_longer_and_the_log_says_why(signing: Signing) -> None:
    pages = joined(signing, 3)
    command = accuses(signing, [entry_of(signing, page) for page in pages[:2]])
    assert decides(signing, command) == 2
    assert signing.records() == 2
    assert signing.counts() == {"active": 1, "outdated": 0, "withdrawn": 0, "invalidated": 2}
    found = [entry.event for entry in signing.log.entries(0, 100) if isinstance(entry.event, SignatureInvalidated)]
    assert {(one.reason, one.batch, one.approvals, one.day) for one in found} == {
        ("automated", command.batch, 2, day_of(signing.clock.now()))
    }


def test_the_preview_says_which_and_what_is_left_out_and_stays_the_same(signing: Signing) -> None:
    pages = joined(signing, 4)
    entries = [entry_of(signing, page) for page in pages]
    signing.leaves(pages[3])
    signing.leaves(pages[2])
    signing.records()
    again, _ = signing.confirms(signing.signs("person2@example.org"))
    signing.records()
    assert again == "renewed"
    command = accuses(signing, entries)
    said = preview(signing, command)
    assert said[1] == "signatures: 2 of 4; left out: 1 withdrawn, 1 renewed"
    assert said[2] == f"entries: {ranges(entries[:2])}"
    assert said[4] == "active at that log size: 3, with the decision: 1"
    signing.leaves(pages[0])
    joined(signing, 2)
    assert preview(signing, command) == said  # it is of a log size, whatever came since
    assert decides(signing, command) == 1
    signing.records()
    assert signing.counts() == {"active": 3, "outdated": 0, "withdrawn": 2, "invalidated": 1}


def test_a_withdrawal_that_waits_comes_first(signing: Signing) -> None:
    pages = joined(signing, 2)
    command = accuses(signing, [entry_of(signing, page) for page in pages])
    signing.leaves(pages[0])  # confirmed, not yet in the log
    assert decides(signing, command) == 1
    signing.records()
    assert signing.counts() == {"active": 0, "outdated": 0, "withdrawn": 1, "invalidated": 1}


def test_who_was_erased_looks_like_anybody_else(signing: Signing) -> None:
    pages = joined(signing, 2)
    entries = [entry_of(signing, page) for page in pages]
    signing.leaves(pages[0], withdraw=False, erase=True)
    command = accuses(signing, entries)
    assert "left out: none" in preview(signing, command)[1]
    assert decides(signing, command) == 2


def test_it_is_not_renewed_while_that_stands_and_is_after_it_was_taken_back(signing: Signing) -> None:
    pages = joined(signing, 3)
    command = accuses(signing, [entry_of(signing, page) for page in pages])
    decides(signing, command)
    assert signing.confirms(signing.signs("person0@example.org"))[0] == "invalidated"
    signing.records()
    signing.leaves(pages[2])
    signing.records()
    back = takes_back(signing, command.batch)
    assert preview(signing, back)[1] == "signatures: 2 of 2; left out: none"
    signing.leaves(pages[1])  # while the second person reads
    assert decides(signing, back) == 1
    signing.records()
    assert signing.counts() == {"active": 1, "outdated": 0, "withdrawn": 2, "invalidated": 0}
    assert signing.confirms(signing.signs("person1@example.org"))[0] == "invalidated"  # its decision still stands
    signing.leaves(pages[0])
    assert signing.confirms(signing.signs("person0@example.org"))[0] == "renewed"
    kinds = [entry.event for entry in signing.log.entries(0, 100) if isinstance(entry.event, SignatureReinstated)]
    assert [one.batch for one in kinds] == [command.batch]


def test_what_was_renewed_after_it_was_taken_back_is_not_hit_by_the_old_list(signing: Signing) -> None:
    page = joined(signing, 1)[0]
    old = [accuses(signing, [entry_of(signing, page)]) for _ in range(2)]
    decides(signing, old[0])
    signing.records()
    decides(signing, takes_back(signing, old[0].batch))
    with pytest.raises(Refused, match="changed since"):
        decides(signing, old[1])


def test_two_decisions_over_the_same_hit_each_once(signing: Signing) -> None:
    entries = [entry_of(signing, page) for page in joined(signing, 3)]
    first, second = accuses(signing, entries[:2]), accuses(signing, entries[1:], "forged")
    assert (decides(signing, first), decides(signing, second)) == (2, 1)
    signing.records()
    assert [(one.reason, one.hit, one.stands) for one in decided(signing)] in (
        [("automated", 2, 2), ("forged", 1, 1)], [("forged", 1, 1), ("automated", 2, 2)],
    )  # fmt: skip
    with pytest.raises(Refused, match="in a state that this would change"):
        accuses(signing, entries)


def test_a_decision_says_what_became_of_it(signing: Signing) -> None:
    pages = joined(signing, 3)
    command = accuses(signing, [entry_of(signing, page) for page in pages])
    decides(signing, command)
    signing.records()
    signing.leaves(pages[0])
    signing.records()
    assert [(one.hit, one.reinstated, one.withdrawn, one.stands) for one in decided(signing)] == [(3, 0, 1, 2)]
    decides(signing, takes_back(signing, command.batch))
    signing.records()
    assert [(one.hit, one.reinstated, one.withdrawn, one.stands) for one in decided(signing)] == [(3, 2, 1, 0)]
    with pytest.raises(Refused):
        takes_back(signing, command.batch)


def test_bad_lists_are_refused(signing: Signing) -> None:
    entry = entry_of(signing, joined(signing, 1)[0])
    for entries in ([0], [entry, 10_000]):
        with pytest.raises(Refused, match="no signature of this appeal"):
            accuses(signing, entries)
    with pytest.raises(Refused):
        accuses(signing, [])
    with pytest.raises(Refused, match="at most"):
        accuses(signing, range(10_001))
    with pytest.raises(NotFound):
        takes_back(signing, "b_0000000000")


def test_one_person_decides_nothing(signing: Signing) -> None:
    command = accuses(signing, [entry_of(signing, joined(signing, 1)[0])])
    with pytest.raises(Refused, match="Two different people"):
        decides(signing, command, approvals=1)


def test_nothing_is_decided_about_a_sealed_appeal(signing: Signing) -> None:
    command = accuses(signing, [entry_of(signing, joined(signing, 1)[0])])
    with signing.database.write() as connection:
        connection.execute(sa.update(campaign).values(state="sealed"))
    with pytest.raises(Refused, match="sealed"):
        decides(signing, command)


def test_a_closing_that_has_the_gate_comes_first(
    postgresql_database: Database, clock: FixedClock, keys: Keys
) -> None:  # on SQLite the one write transaction is the gate
    signing = make_signing(postgresql_database, clock, keys, ORDINARY)
    command = accuses(signing, [entry_of(signing, joined(signing, 1)[0])])
    with signing.database.write() as closing:
        hold_gate(closing, signing.campaign.number)
        with pytest.raises(Busy):
            decides(signing, command)


def test_at_risk_it_waits_for_the_tick_and_does_not_tell_who_withdrew(at_risk: Signing) -> None:
    pages = [at_risk.joins() for _ in range(9)]
    at_risk.records()
    entries = [entry_of(at_risk, page) for page in pages]
    at_risk.leaves(pages[0])
    alone, others = accuses(at_risk, entries[:1]), accuses(at_risk, entries[:2])
    assert decides(at_risk, alone) is None
    assert decides(at_risk, others) is None
    assert at_risk.records() == 0
    assert at_risk.counts()["active"] == 9
    with at_risk.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(waiting)).scalar_one() == 2
