"""An appeal ends while people sign, confirm, withdraw and are erased: every yes is kept, and nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.audit.replay import replay
from service.campaigns.commands import CloseCampaign, SealCampaign, WithdrawCampaign
from service.campaigns.handlers import close_campaign, seal_campaign, withdraw_campaign
from service.errors import Busy, CampaignNotOpen, LinkUnknown, Refused, TextChanged
from service.eventlog.catalogue import encode
from service.signatures.retention import sweep
from service.signatures.sealing import forget_signers
from service.store.tables import erased_count, mine, record
from service.vault.annexes import Annex, Member, keep_annex
from service.vault.tables import letter_erased, letter_name, letter_package
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


WAIT = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def waits_for_a_lock(signing: Signing) -> bool:
    """Return whether somebody waits for a lock in this PostgreSQL database."""
    with signing.database.ask() as connection:
        return bool(connection.scalar(sa.text(WAIT)))


def test_an_erasure_that_meets_the_sealing_leaves_no_row(signing: Signing) -> None:
    page = signing.joins()
    signing.records()
    with signing.database.write() as connection:
        person = connection.scalars(sa.select(record.c.signature)).one()
        keep_annex(connection, signing.keys, Annex("l_Named", CAMPAIGN, 1, 1, "r"), [Member(person, 3, "c")])
        fetched = {"nonce": "n", "token_hash": "t", "version": 1, "named": 1, "opened": 1, "opened_at": 1}
        fetched |= {"letter": "l_Named", "campaign": CAMPAIGN, "locked": True}
        connection.execute(sa.insert(letter_package).values(fetched))
    closes(signing)
    signing.clock.moment += timedelta(days=30)
    sweep(signing.database, signing.clock.now())  # the used link, on which the two would meet
    erased: list[Future[bool]] = []

    with ThreadPoolExecutor(1) as pool:

        def forgets_all(connection: sa.Connection, campaign: str, after: str, at_most: int) -> str | None:
            while (after := forget_signers(connection, campaign, after, at_most) or "") != "":
                pass
            erased.append(pool.submit(attempts, lambda: signing.leaves(page, withdraw=False, erase=True)))
            while connection.dialect.name == "postgresql" and not (waits_for_a_lock(signing) or erased[0].done()):
                pass  # it has read who signed, or not, and waits for what is deleted here
            return None

        seal_campaign(SealCampaign("test", signing.clock.now()), signing.log, forgets_all)
        erased[0].result()
    with signing.database.read() as connection:
        for table in (erased_count, letter_erased, letter_name, record, mine):
            assert connection.execute(sa.select(table)).all() == [], table.name


def agrees(signing: Signing, stand: int, withdrawn: int) -> None:
    """Check that the log holds what people were told, and that the auditor has nothing to object to."""
    signing.records()
    report = replay([encode(entry.event) for entry in signing.log.entries(0, 10_000) if entry.is_public])
    assert report.errors == []
    found, counts = report.campaigns[CAMPAIGN], signing.counts()
    assert counts["active"] + counts["outdated"] == found.active + found.outdated == stand
    assert counts["withdrawn"] == found.withdrawn == withdrawn
