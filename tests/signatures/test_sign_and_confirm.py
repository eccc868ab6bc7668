"""A person signs, confirms, and is counted once, whatever else happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.errors import CampaignNotOpen, LinkUnknown, TextChanged
from service.signatures.queries import mine_view
from service.store.tables import campaign, mine, outbox, pending, record, signature, waiting
from tests.signatures.conftest import Signing

ACTIVE_1 = {"active": 1, "outdated": 0, "withdrawn": 0, "invalidated": 0}


def rows(signing: Signing, table: sa.Table) -> int:
    with signing.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_a_form_waits_with_its_mail_and_counts_nothing(signing: Signing) -> None:
    signing.signs()
    signing.records()
    assert (rows(signing, pending), rows(signing, outbox), rows(signing, waiting)) == (1, 1, 0)
    assert signing.counts()["active"] == 0


def test_a_confirmed_signature_is_recorded_and_counted(signing: Signing) -> None:
    outcome, _ = signing.confirms(signing.signs())
    assert outcome == "recorded"
    assert signing.records() == 1
    assert signing.counts() == ACTIVE_1
    assert signing.topics() == ["signature.recorded"]


def test_it_counts_a_second_signature_of_the_same_address_once(signing: Signing) -> None:
    signing.joins("anna@example.org")
    outcome, _ = signing.confirms(signing.signs("Anna@Example.ORG"))
    assert outcome == "already"
    signing.records()
    assert signing.counts() == ACTIVE_1


def test_pressing_again_leads_to_the_same_page_and_changes_nothing(signing: Signing) -> None:
    link = signing.signs()
    assert signing.confirms(link) == signing.confirms(link)
    signing.records()
    assert signing.counts() == ACTIVE_1


def test_a_used_link_works_until_it_expires(signing: Signing) -> None:
    link = signing.signs()
    signing.clock.moment += timedelta(hours=73)
    with pytest.raises(LinkUnknown):
        signing.confirms(link)


def test_a_closed_campaign_takes_no_confirmation(signing: Signing) -> None:
    link = signing.signs()
    with signing.database.write() as connection:
        connection.execute(sa.update(campaign).values(state="closed"))
    with pytest.raises(CampaignNotOpen):
        signing.confirms(link)
    assert rows(signing, signature) == 0


def test_a_form_with_another_text_is_refused(signing: Signing) -> None:
    with pytest.raises(TextChanged):
        signing.signs(text="e" * 64)


def test_nothing_is_written_when_the_text_was_replaced_before_the_button(signing: Signing) -> None:
    link = signing.signs()
    with signing.database.write() as connection:
        connection.execute(sa.update(campaign).values(text="e" * 64))
    with pytest.raises(TextChanged):
        signing.confirms(link)
    assert rows(signing, waiting) == 0


def test_sixty_four_duplicates_at_once_make_one_signature(signing: Signing) -> None:
    with ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda _: signing.signs("anna@example.org"), range(64)))
        links = [mail.link_token for mail in signing.mails]
        outcomes = [outcome for outcome, _ in pool.map(signing.confirms, links)]
    assert sorted(outcomes) == ["already"] * 63 + ["recorded"]
    signing.records()
    assert signing.counts() == ACTIVE_1
    assert rows(signing, record) == 1


def test_four_confirmations_of_one_link_at_once_make_one_signature(signing: Signing) -> None:
    link = signing.signs()
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: signing.confirms(link), range(4)))
    assert len(set(outcomes)) == 1
    signing.records()
    assert signing.counts() == ACTIVE_1


def test_the_mail_that_waits_is_gone_once_confirmed(signing: Signing) -> None:
    signing.confirms(signing.signs())
    assert rows(signing, outbox) == 0


def test_the_promise_is_signed_and_stays_the_same(signing: Signing) -> None:
    page = signing.joins()
    with signing.database.read() as connection:
        first = mine_view(connection, signing.keys, page)
    signing.records()
    with signing.database.read() as connection:
        second = mine_view(connection, signing.keys, page)
    assert first.promise == second.promise
    assert first.promise is not None
    assert first.promise.startswith(f"petition-promise/v1\n{signing.keys.origin}\n{first.signature}\n")
    assert (first.index, second.index) == (None, 3)


def test_a_forgetting_campaign_keeps_nobody(at_risk: Signing) -> None:
    at_risk.joins("anna@example.org")
    assert (rows(at_risk, record), rows(at_risk, outbox)) == (0, 0)
    with at_risk.database.read() as connection:
        used = connection.execute(sa.select(pending)).mappings().one()
    assert used["sealed"] is None
    assert used["wrapped_key"] is None


def test_an_opening_waits_for_its_owner_only_if_asked_for(at_risk: Signing) -> None:
    at_risk.confirms(at_risk.signs())
    at_risk.confirms(at_risk.signs(), keep_opening=True)
    with at_risk.database.read() as connection:
        kept = connection.execute(sa.select(mine.c.kept_opening)).scalars().all()
    assert sorted(opening is None for opening in kept) == [False, True]
