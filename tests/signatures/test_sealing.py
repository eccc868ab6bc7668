"""Thirty days after its end an appeal is sealed: nobody can be named any more, and count and proofs stand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.audit.replay import replay
from service.campaigns import handlers
from service.campaigns.commands import CloseCampaign, SealCampaign, WithdrawCampaign
from service.campaigns.handlers import close_campaign, seal_campaign, seal_due, withdraw_campaign
from service.clock import FixedClock
from service.errors import Refused, StoreUnavailable
from service.operations.export import leaves
from service.operations.work import passes
from service.signatures.sealing import forget_signers
from service.store.database import Database
from service.store.mail_tables import subscriber
from service.store.tables import (
    campaign,
    campaign_key,
    erased_count,
    mine,
    outbox,
    pending,
    record,
    recorder_tick,
    signature,
    waiting,
)
from service.vault.campaign_keys import CampaignKeyGone
from service.vault.campaign_keys import campaign_key as key_of
from tests.installation import REF, Installation, install
from tests.signatures.conftest import CAMPAIGN, Signing

GONE = (subscriber, campaign_key, record, mine, pending, outbox, signature, waiting, erased_count, recorder_tick)


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with the example appeal open, on each kind of database."""
    found = install(database, tmp_path, clock)
    yield found
    found.services.database.dispose()


def left(database: Database) -> dict[str, int]:
    """Return how many rows each table still has of what sealing destroys."""
    with database.read() as connection:
        counted = {t.name: connection.scalar(sa.select(sa.func.count()).select_from(t)) for t in GONE}
    return {name: rows for name, rows in counted.items() if rows}


def state(database: Database) -> str:
    with database.read() as connection:
        return str(connection.scalar(sa.select(campaign.c.state)))


def close(signing: Signing, reason: str = "organizer") -> None:
    close_campaign(CloseCampaign("test", reason, "test", signing.clock.now()), signing.log)


def seal(signing: Signing, **changed: Any) -> None:
    seal_campaign(SealCampaign("test", signing.clock.now()), signing.log, changed.get("forget", forget_signers))


def test_the_worker_seals_on_the_day_and_nothing_that_names_anybody_is_left(installation: Installation) -> None:
    services, clock = installation.services, installation.clock
    for number in range(3):
        installation.signs(f"person{number}@example.org")
    pages = [installation.confirms(f"person{number}@example.org") for number in range(3)]
    installation.client().post(pages[0], data={"action": "both"})
    installation.records()
    close_campaign(CloseCampaign(REF, "outcome", "test", clock.now()), services.log)
    installation.client().post(pages[1], data={"action": "withdraw"})  # still possible: it waits when sealing comes
    (work,) = [each.run for each in passes(services) if each.name == "sealing"]
    clock.moment += timedelta(days=29)
    assert work() == 0
    services.runner.catch_up()
    clock.moment += timedelta(days=1)
    before = installation.count()
    assert work() == 1
    assert work() == 0
    shutil.rmtree(installation.mail_folder)
    assert left(services.database) == {}
    installation.records()
    assert installation.count()["active"] == 1
    assert installation.count()["log_size"] == before["log_size"] + 2  # the withdrawal that waited, and the sealing
    assert installation.count()["state"] == "sealed"
    assert [installation.client().get(page).status_code for page in pages] == [404, 404, 404]
    assert "What told who signed".lower() in installation.client().get(f"/en/c/{REF}").get_data(as_text=True).lower()
    report = replay([leaf + b"\n" for leaf in leaves(services.database)])
    assert (report.errors, report.findings) == ([], [])


def test_it_is_refused_while_people_can_still_withdraw(signing: Signing) -> None:
    page = signing.joins()
    with pytest.raises(Refused, match="is open"):
        seal(signing)
    close(signing)
    signing.clock.moment += timedelta(days=29)
    with pytest.raises(Refused, match="sealed from"):
        seal(signing)
    signing.leaves(page)
    signing.clock.moment += timedelta(days=1)
    seal(signing)
    with pytest.raises(Refused, match="is sealed"):
        seal(signing)
    signing.records()
    assert signing.counts()["withdrawn"] == 1


def test_thirty_days_are_counted_from_the_first_end(signing: Signing) -> None:
    close(signing)
    signing.clock.moment += timedelta(days=20)
    withdraw_campaign(WithdrawCampaign("test", "organizer", "test", signing.clock.now()), signing.log)
    signing.clock.moment += timedelta(days=10)
    assert seal_due(signing.log, signing.clock.now(), forget_signers) == 1


def test_signers_are_forgotten_in_steps_and_of_this_appeal_alone(
    signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "FORGOTTEN_AT_ONCE", 2)
    for _ in range(5):
        signing.joins()
    signing.records()
    close(signing)
    with signing.database.write() as connection:
        for other in ("a", "zzzzzzzzzzzzzzzzzzzzzz"):  # before and after all ids in order
            row = {"campaign": "c_other", "signature": other}
            connection.execute(
                sa.insert(signature).values(id=other, campaign="c_other", state="active", text="", version=1)
            )
            connection.execute(sa.insert(mine).values(token_hash=other, **row))
            connection.execute(
                sa.insert(record).values(id=other, commitment="", kek=1, wrapped_key=b"", sealed=b"", **row)
            )
    signing.clock.moment += timedelta(days=30)
    seal(signing)
    assert left(signing.database) == {"signature": 2, "mine": 2, "record": 2}


def test_an_interruption_leaves_it_unsealed_and_it_begins_again(
    signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "FORGOTTEN_AT_ONCE", 2)
    for _ in range(5):
        signing.joins()
    signing.records()
    close(signing)
    signing.clock.moment += timedelta(days=30)
    steps = []

    def forget(connection: sa.Connection, campaign_id: str, after: str, at_most: int) -> str | None:
        steps.append(after)
        if len(steps) == 3:
            raise StoreUnavailable("the disk is full")
        return forget_signers(connection, campaign_id, after, at_most)

    with pytest.raises(StoreUnavailable):
        seal(signing, forget=forget)
    assert state(signing.database) == "closed"
    with signing.database.read() as connection:
        assert key_of(connection, signing.keys, CAMPAIGN)
    seal(signing)
    assert state(signing.database) == "sealed"
    assert left(signing.database) == {}
    with signing.database.read() as connection, pytest.raises(CampaignKeyGone):
        key_of(connection, signing.keys, CAMPAIGN)


def test_at_risk_it_is_the_same(at_risk: Signing) -> None:
    at_risk.joins()
    close(at_risk)
    at_risk.clock.moment += timedelta(days=30)
    seal(at_risk)
    assert left(at_risk.database) == {}
    at_risk.records()
    assert at_risk.counts()["active"] == 1
