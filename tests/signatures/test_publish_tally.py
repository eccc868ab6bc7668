"""Tallies are counted from sealed records, are of one log size, and are published once, on each kind of database."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.campaigns.commands import CloseCampaign, PublishTally
from service.campaigns.events import TextCorrected, TextReplaced
from service.campaigns.handlers import close_campaign
from service.campaigns.queries import campaign_by_ref
from service.clock import FixedClock
from service.errors import Busy, Refused
from service.eventlog.log import PetitionLog
from service.signatures.people import people_of
from service.store.database import Database, open_database
from service.store.tables import campaign
from service.vault.keys import Keys
from tests.signatures.conftest import CAMPAIGN, TEXT, Signing, make_signing
from tests.signatures.tallying import KEPT_AT_RISK, joins, publishes, tallies_of, told

ANOTHER = "e" * 64


@pytest.fixture
def kept_at_risk(database: Database, clock: FixedClock, keys: Keys) -> Signing:
    """Return a campaign at risk that keeps who signed, and so may publish countries."""
    return make_signing(database, clock, keys, KEPT_AT_RISK)


def counted(signing: Signing) -> dict[str, int]:
    with signing.database.read() as connection:
        found = campaign_by_ref(connection, "test")
        return dict(people_of(connection, signing.keys, found, found.text).by_country)


def changes_text(signing: Signing, kind: type[TextCorrected | TextReplaced]) -> None:
    with signing.log.transaction() as connection:
        day = signing.log.day(connection, signing.clock.now())
        version = len(signing.log.stream(CAMPAIGN)) + 1
        signing.log.append(kind(day=day, campaign=CAMPAIGN, text=ANOTHER, replaces=TEXT), version)
        connection.execute(sa.update(campaign).values(text=ANOTHER))


def ticks(signing: Signing, **ahead: int) -> None:
    signing.clock.moment += timedelta(**ahead)
    signing.records()


def closes(signing: Signing) -> None:
    close_campaign(CloseCampaign("test", "order", "test", signing.clock.now()), signing.log)


def test_it_counts_countries_from_the_sealed_records(signing: Signing) -> None:
    for country, many in (("CZ", 6), ("TR", 5), ("DE", 3), (None, 2), ("ZZ", 1)):
        joins(signing, country, many)
    signing.records()
    assert publishes(signing)
    (tally,) = told(signing)
    assert (tally.by_country, tally.merged, tally.active, tally.text) == ({"CZ": 6, "TR": 5}, 6, 17, TEXT)


def test_nothing_new_is_no_tally(signing: Signing) -> None:
    assert not publishes(signing)
    joins(signing, "CZ", 5)
    signing.records()
    assert publishes(signing)
    assert not publishes(signing)
    assert len(told(signing)) == 1


def test_what_waits_for_the_recorder_is_not_counted(signing: Signing) -> None:
    stays, leaves, *_ = joins(signing, "CZ", 5)
    signing.records()
    joins(signing, "CZ")
    signing.leaves(leaves)
    assert counted(signing) == {"CZ": 5}
    signing.records()
    assert counted(signing) == {"CZ": 5}
    signing.leaves(stays)
    signing.records()
    assert counted(signing) == {"CZ": 4}


def test_a_record_of_an_entry_to_come_is_not_counted(signing: Signing) -> None:
    page = signing.confirms(signing.signs("anna@example.org", country="CZ"))[1]
    signing.records()
    signing.leaves(page)
    signing.confirms(signing.signs("anna@example.org", country="TR"))
    assert (counted(signing), signing.counts()["active"]) == ({}, 1)
    signing.records()
    assert counted(signing) == {"TR": 1}


def test_the_erased_fall_into_the_rest(signing: Signing) -> None:
    pages = joins(signing, "CZ", 15)
    signing.records()
    publishes(signing)
    for page in pages[:4]:
        signing.leaves(page, withdraw=False, erase=True)
    assert (publishes(signing), counted(signing)) == (False, {"CZ": 11})
    signing.leaves(pages[4], withdraw=False, erase=True)
    assert not publishes(signing)  # a fall beside two rises of as many waits until more have come
    joins(signing, "CZ", 10)
    signing.records()
    assert publishes(signing)
    assert [(t.by_country, t.merged, t.erased) for t in told(signing)] == [({"CZ": 15}, 0, 0), ({"CZ": 20}, 5, 5)]


def test_who_signed_a_replaced_text_is_not_counted(signing: Signing) -> None:
    joins(signing, "CZ", 5)
    signing.records()
    changes_text(signing, TextReplaced)
    assert publishes(signing)
    assert counted(signing) == {}
    assert [(t.text, t.active, t.outdated, t.by_country) for t in told(signing)] == [(ANOTHER, 0, 5, {})]


def test_who_signed_a_corrected_text_is_counted(signing: Signing) -> None:
    joins(signing, "CZ", 5)
    changes_text(signing, TextCorrected)
    signing.records()
    assert publishes(signing)
    assert [(t.text, t.by_country) for t in told(signing)] == [(ANOTHER, {"CZ": 5})]


def test_two_at_once_publish_one(signing: Signing) -> None:
    joins(signing, "CZ", 5)
    signing.records()
    with pytest.raises(Busy):
        publishes(signing, meanwhile=lambda: publishes(signing))
    assert len(told(signing)) == 1


def test_two_workers_at_the_same_moment_publish_one(
    signing: Signing, another_connection: Callable[[], Database]
) -> None:
    joins(signing, "CZ", 5)
    signing.records()
    both = threading.Barrier(2)

    def work(database: Database) -> bool:
        worker = Signing(database, signing.clock, signing.keys, PetitionLog(database), signing.desk)
        try:
            return publishes(worker, meanwhile=both.wait)
        except Busy:
            return False

    with ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(work, [another_connection(), another_connection()])) == [False, True]
    assert len(told(signing)) == 1


def test_people_sign_while_it_counts_and_the_tally_is_of_the_size_that_was_counted(signing: Signing) -> None:
    joins(signing, "CZ", 5)
    signing.records()
    size = sum(entry.is_public for entry in signing.log.entries(0, 100))
    assert publishes(signing, meanwhile=lambda: (joins(signing, "CZ", 3), signing.records()))
    assert [(t.at_size, t.active) for t in told(signing)] == [(size, 5)]


def test_what_closed_while_it_counted_is_counted_again(signing: Signing) -> None:
    joins(signing, "CZ", 5)
    signing.records()
    with pytest.raises(Busy):
        publishes(signing, meanwhile=lambda: closes(signing))
    assert publishes(signing)
    assert len(told(signing)) == 1


def test_a_closed_appeal_has_one_more(signing: Signing) -> None:
    pages = joins(signing, "CZ", 12)
    signing.records()
    publishes(signing)
    joins(signing, "CZ", 6)
    closes(signing)
    signing.records()
    assert publishes(signing)
    signing.leaves(pages[0])
    signing.records()
    with pytest.raises(Refused):
        publishes(signing)
    assert [t.by_country for t in told(signing)] == [{"CZ": 12}, {"CZ": 18}]


def test_at_risk_there_is_one_a_day(kept_at_risk: Signing) -> None:
    for _ in range(2):
        joins(kept_at_risk, "CZ", 8)
        ticks(kept_at_risk, minutes=10)
    assert publishes(kept_at_risk)
    joins(kept_at_risk, "CZ", 8)
    ticks(kept_at_risk, minutes=10)
    with pytest.raises(Refused, match="at risk"):
        publishes(kept_at_risk)
    ticks(kept_at_risk, days=1)
    assert publishes(kept_at_risk)
    assert [t.by_country for t in told(kept_at_risk)] == [{"CZ": 16}, {"CZ": 24}]


def test_at_risk_it_is_never_of_a_size_within_a_batch(kept_at_risk: Signing) -> None:
    joins(kept_at_risk, "CZ", 8)
    ticks(kept_at_risk, minutes=10)
    joins(kept_at_risk, "TR", 8)
    with pytest.raises(Busy):
        publishes(kept_at_risk, meanwhile=lambda: ticks(kept_at_risk, minutes=10))
    assert told(kept_at_risk) == []
    assert publishes(kept_at_risk)
    assert [t.by_country for t in told(kept_at_risk)] == [{"CZ": 8, "TR": 8}]


def test_an_appeal_that_forgets_tells_its_total(at_risk: Signing) -> None:
    joins(at_risk, None, 8)
    ticks(at_risk, minutes=10)
    assert publishes(at_risk)
    assert [(t.by_country, t.merged, t.erased) for t in told(at_risk)] == [({}, 8, 0)]


def publish_and_die(url: str, keys: Path, clock: FixedClock) -> None:
    """Append a tally in a process of its own, and be killed before the commit."""
    database = open_database(url)
    log = PetitionLog(database)
    append = log.append

    def append_and_die(event: object, version: int) -> None:
        append(event, version)  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGKILL)

    log.append = append_and_die  # type: ignore[method-assign,assignment]
    signing = Signing(database, clock, Keys.load(keys, "petition.example/log"), log, None)  # type: ignore[arg-type]
    tallies_of(signing).publish(PublishTally("test", clock.now()))


def test_a_worker_killed_while_it_appends_leaves_none_and_the_next_publishes_it(
    signing: Signing, tmp_path: Path
) -> None:
    joins(signing, "CZ", 5)
    signing.records()
    address = signing.database.url
    worker = multiprocessing.get_context("spawn").Process(
        target=publish_and_die, args=(address, tmp_path / "keys", signing.clock)
    )
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    assert told(signing) == []
    assert publishes(signing)
    assert len(told(signing)) == 1
