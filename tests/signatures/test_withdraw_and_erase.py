"""A person takes a signature back, or is forgotten; counts and proofs stay true."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.errors import LinkUnknown, Refused
from service.store.tables import erased_count, erasure, mine, outbox, pending, record
from tests.signatures.conftest import Signing


def test_a_withdrawn_signature_counts_no_longer(signing: Signing) -> None:
    page = signing.joins()
    signing.joins()
    signing.records()
    signing.leaves(page)
    signing.records()
    assert signing.counts() == {"active": 1, "outdated": 0, "withdrawn": 1, "invalidated": 0}


def test_it_can_be_withdrawn_before_it_was_recorded(signing: Signing) -> None:
    signing.leaves(signing.joins())
    signing.records()
    assert signing.topics() == ["signature.recorded", "signature.withdrawn"]
    assert signing.counts()["active"] == 0


def test_withdrawing_twice_is_refused(signing: Signing) -> None:
    page = signing.joins()
    signing.leaves(page)
    with pytest.raises(Refused):
        signing.leaves(page)


def test_who_withdrew_can_sign_again(signing: Signing) -> None:
    signing.leaves(signing.joins("anna@example.org"))
    outcome, _ = signing.confirms(signing.signs("anna@example.org"))
    signing.records()
    assert outcome == "renewed"
    assert signing.counts()["active"] == 1


def test_erasing_leaves_the_count_and_nothing_that_leads_to_the_person(signing: Signing) -> None:
    page = signing.joins()
    signing.records()
    signing.leaves(page, withdraw=False, erase=True)
    signing.records()
    assert signing.counts()["active"] == 1
    with signing.database.read() as connection:
        left = [connection.execute(sa.select(sa.func.count()).select_from(t)).scalar_one()
                for t in (record, mine, pending, outbox)]  # fmt: skip
        assert connection.execute(sa.select(erased_count.c.erased)).scalar_one() == 1
        assert connection.execute(sa.select(sa.func.count()).select_from(erasure)).scalar_one() == 2
    assert left == [0, 0, 0, 0]
    with pytest.raises(LinkUnknown):
        signing.leaves(page)


def test_withdrawing_and_erasing_does_both(signing: Signing) -> None:
    page = signing.joins()
    signing.leaves(page, withdraw=True, erase=True)
    signing.records()
    assert signing.counts() == {"active": 0, "outdated": 0, "withdrawn": 1, "invalidated": 0}
    with pytest.raises(LinkUnknown):
        signing.leaves(page)


def test_both_finishes_what_a_crash_left_half_done(signing: Signing) -> None:
    page = signing.joins()
    signing.leaves(page)  # the process died before erasing
    signing.leaves(page, withdraw=True, erase=True)
    with signing.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(record)).scalar_one() == 0
