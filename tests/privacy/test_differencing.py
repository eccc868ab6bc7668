"""Whoever polls everything public after every event learns nothing of fewer people than can hide in a crowd."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.campaigns import queries
from service.campaigns.commands import PublishTally
from service.campaigns.queries import campaign_by_ref
from service.campaigns.tally import Cells
from service.clock import FixedClock
from service.errors import Busy, Refused
from service.eventlog.waiting import append_waiting
from service.signatures import recorder
from service.signatures.people import people_of
from service.store.database import Database
from tests.campaigns.crowd import leaks
from tests.installation import REF, Installation, install
from tests.privacy.attacker import Attacker, tallies
from tests.privacy.marked import Marked

EVENTS = 20
Plant = Callable[[pytest.MonkeyPatch, Installation], None]


def a_campaign(installation: Installation, attacker: Attacker, seed: int) -> None:
    """Let people of common and rare countries come and go, one by one, and the attacker look after each."""
    installation.clock.moment = installation.clock.moment.replace(day=28)  # no number of a date is that of a few
    chance, people, pages = random.Random(seed), Marked(installation, 0), []
    for number in range(14):
        pages.append(people.joins(number, "CZ" if number < 8 else "TR"))
    for number in range(14, 14 + EVENTS):
        what = chance.choice(("sign", "sign", "sign", "withdraw", "erase"))
        if what == "sign":
            pages.append(people.joins(number, chance.choice(("CZ", "TR", "IS", "IS", "IS", ""))))
        else:
            page = pages.pop(chance.randrange(len(pages)))
            people.leaves(page, withdraw=what == "withdraw", erase=what == "erase")
        attacker.looks()
        installation.records()
        with suppress(Refused, Busy):
            installation.services.tallies.publish(PublishTally(REF, installation.clock.now()))
        installation.services.runner.catch_up()
        attacker.looks()
        if attacker.learnt:
            return


def found_by(installation: Installation, attacker: Attacker, seed: int) -> list[str]:
    a_campaign(installation, attacker, seed)
    told = [Cells(one.by_country, one.merged, one.erased) for one in tallies(installation)]
    return attacker.learnt + leaks(attacker.least, told)


def least_of(installation: Installation) -> int:
    with installation.services.database.read() as connection:
        return int(campaign_by_ref(connection, REF).rules.tally_min)


def test_nothing_is_learnt_of_a_few(sqlite_database: Database, tmp_path: Path, clock: FixedClock) -> None:
    installation = install(sqlite_database, tmp_path, clock)
    attacker = Attacker(installation, least_of(installation))
    assert found_by(installation, attacker, 1) == []
    assert len(tallies(installation)) > 2
    assert any("Iceland" in answer for answer in attacker.answers.values()), "nothing was there to learn"


def countries_of_the_moment(monkeypatch: pytest.MonkeyPatch, installation: Installation) -> None:
    """Show on the page what is true now, and in the log what may be told."""
    last_tally, keys = queries.last_tally, installation.services.keys

    def wrong(connection: sa.Connection, campaign_id: str) -> object:
        found, campaign = last_tally(connection, campaign_id), queries.campaign_by_id(connection, campaign_id)
        if found is None:
            return None
        return type(found)(
            **vars(found) | {"by_country": people_of(connection, keys, campaign, campaign.text).by_country}
        )

    monkeypatch.setattr(queries, "last_tally", wrong)


@pytest.mark.parametrize("plant", [countries_of_the_moment])
def test_a_planted_fault_is_seen(
    sqlite_database: Database, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    installation = install(sqlite_database, tmp_path, clock)
    attacker = Attacker(installation, least_of(installation))
    plant(monkeypatch, installation)
    assert found_by(installation, attacker, 1)


def batches(installation: Installation, attacker: Attacker) -> list[int]:
    """Let people join an appeal at risk, one every few minutes for two days; return how many each append showed."""
    chance, people, shown = random.Random(2), Marked(installation, 0), [0]
    for number in range(24):
        people.joins(number, "")
        attacker.looks()
        before = installation.count()["active"], installation.clock.now().date()
        installation.clock.moment += timedelta(minutes=chance.choice((4, 7, 10, 90)))
        installation.records()
        if installation.count()["active"] != before[0] and installation.clock.now().date() == before[1]:
            shown.append(installation.count()["active"] - before[0])
        attacker.answers = {}  # time went by: pages may say so
        attacker.looks()
    return shown[1:]


def test_at_risk_everything_public_moves_in_batches(
    sqlite_database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    installation = install(sqlite_database, tmp_path, clock, at_risk=True)
    installation.records()
    attacker = Attacker(installation, 0)
    shown = batches(installation, attacker)
    assert attacker.learnt == []
    assert shown
    assert min(shown) >= 8


def test_at_risk_an_append_at_once_is_seen(
    sqlite_database: Database, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = install(sqlite_database, tmp_path, clock, at_risk=True)

    def at_once(log: object, connection: sa.Connection, found: sa.Row[tuple[str]], tick_s: int) -> int:
        return append_waiting(log, connection, found.id)  # type: ignore[arg-type]

    monkeypatch.setattr(recorder, "_record_at_tick", at_once)
    assert min(batches(installation, Attacker(installation, 0))) < 8


def test_an_address_that_nobody_can_fill_in_is_named(
    sqlite_database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    installation = install(sqlite_database, tmp_path, clock)
    installation.app.url_map.add(installation.app.url_rule_class("/who/<district>", endpoint="who", methods=["GET"]))
    with pytest.raises(AssertionError, match="<district>"):
        Attacker(installation, 5).addresses()
