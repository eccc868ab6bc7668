"""An appeal ends while people sign, confirm, withdraw and are erased: every yes is kept, and nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from service.audit.replay import replay
from service.campaigns.commands import CloseCampaign, SealCampaign, WithdrawCampaign
from service.campaigns.handlers import close_campaign, seal_campaign, withdraw_campaign
from service.errors import Busy, CampaignNotOpen, LinkUnknown, Refused, TextChanged
from service.eventlog.catalogue import encode
from service.signatures.sealing import forget_signers
from tests.signatures.conftest import CAMPAIGN, Signing

PEOPLE = 16
NO = (Busy, CampaignNotOpen, LinkUnknown, Refused, TextChanged)


def closes(signing: Signing) -> None:
    close_campaign(CloseCampaign("test", "organizer", "test", signing.clock.now()), signing.log)


def is_taken_back(signing: Signing) -> None:
    withdraw_campaign(WithdrawCampaign("test", "persons-request", "test", signing.clock.now()), signing.log)


def has_its_text_replaced(signing: Signing) -> None:
    signing.becomes("e" * 64, "replace")


def attempts(act: Callable[[], object]) -> bool:
    try:
        act()
    except NO:
        return False
    return True


@pytest.mark.parametrize("ends", [closes, is_taken_back, has_its_text_replaced])
def test_it_ends_while_people_sign_confirm_withdraw_and_are_erased(
    signing: Signing, ends: Callable[[Signing], None]
) -> None:
    links = [signing.signs(f"new{number}@example.org") for number in range(PEOPLE)]
    pages = [signing.joins(f"old{number}@example.org") for number in range(2 * PEOPLE)]
    with ThreadPoolExecutor(4 * PEOPLE + 1) as pool:
        confirmed = [pool.submit(attempts, lambda one=link: signing.confirms(one)) for link in links]
        withdrawn = [pool.submit(attempts, lambda one=page: signing.leaves(one)) for page in pages[:PEOPLE]]
        ending = pool.submit(ends, signing)
        erased = [
            pool.submit(attempts, lambda one=page: signing.leaves(one, withdraw=False, erase=True))
            for page in pages[PEOPLE:]
        ]
        sent = [pool.submit(attempts, lambda n=n: signing.signs(f"more{n}@example.org")) for n in range(PEOPLE)]
        ending.result()
        assert all(one.result() for one in erased)
        assert len([one.result() for one in sent]) == PEOPLE
        joined, left = (sum(one.result() for one in many) for many in (confirmed, withdrawn))
    agrees(signing, 2 * PEOPLE + joined - left, left)


@pytest.mark.parametrize("first", [closes, is_taken_back])
def test_it_is_sealed_while_people_withdraw_and_are_erased(signing: Signing, first: Callable[[Signing], None]) -> None:
    pages = [signing.joins(f"old{number}@example.org") for number in range(2 * PEOPLE)]
    first(signing)
    signing.clock.moment += timedelta(days=30)
    with ThreadPoolExecutor(2 * PEOPLE + 1) as pool:
        withdrawn = [pool.submit(attempts, lambda one=page: signing.leaves(one)) for page in pages[:PEOPLE]]
        sealing = pool.submit(seal_campaign, SealCampaign("test", signing.clock.now()), signing.log, forget_signers)
        erased = [
            pool.submit(attempts, lambda one=page: signing.leaves(one, withdraw=False, erase=True))
            for page in pages[PEOPLE:]
        ]
        sealing.result()
        left = sum(one.result() for one in withdrawn)
        assert len([one.result() for one in erased]) == PEOPLE
    assert not any(attempts(lambda one=page: signing.leaves(one)) for page in pages)
    agrees(signing, 2 * PEOPLE - left, left)


def agrees(signing: Signing, stand: int, withdrawn: int) -> None:
    """Check that the log holds what people were told, and that the auditor has nothing to object to."""
    signing.records()
    report = replay([encode(entry.event) for entry in signing.log.entries(0, 10_000) if entry.is_public])
    assert report.errors == []
    found, counts = report.campaigns[CAMPAIGN], signing.counts()
    assert counts["active"] + counts["outdated"] == found.active + found.outdated == stand
    assert counts["withdrawn"] == found.withdrawn == withdrawn
