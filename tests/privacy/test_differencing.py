"""Whoever polls everything public after every event learns nothing of fewer people than can hide in a crowd."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Response

from service.campaigns import queries
from service.campaigns.commands import PublishTally
from service.campaigns.queries import campaign_by_ref
from service.campaigns.tally import Cells
from service.clock import FixedClock
from service.errors import Busy, Refused
from service.eventlog.waiting import append_waiting
from service.letters.commands import ComposeLetter
from service.letters.handlers import compose_letter
from service.publishing.checkpoint import publish
from service.publishing.leaves import leaves
from service.signatures import recorder
from service.signatures.people import people_of
from service.store.database import Database
from service.store.tables import record
from tests.campaigns.crowd import leaks
from tests.installation import REF, Installation, install
from tests.privacy.attacker import Attacker, tallies
from tests.privacy.marked import Marked

EVENTS = 20
BATCH_MIN = 8
LETTER = "L1"
WHERE = re.compile(r"[: ]|\.p/")  # ends an address; the number of entries in an unfinished tile is none of it
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
        if number == 14 + EVENTS - 4:
            writes_a_letter(installation)
        follows(installation)
        attacker.looks()
        if attacker.learnt:
            return


def writes_a_letter(installation: Installation) -> None:
    """Compose a letter, which claims a number of signatures and is on pages of its own from then on."""
    services = installation.services
    installation.records()
    wanted = ComposeLetter(REF, LETTER, "test", installation.clock.now())
    compose_letter(wanted, services.log, services.settings.base_url, services.tallies.before_letter)
    follows(installation)


def follows(installation: Installation) -> None:
    """Let the read models and the published log follow."""
    services = installation.services
    services.runner.catch_up()
    publish(services.database, services.keys, services.policy)


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


def at_once(installation: Installation) -> int:
    """Return what moves when somebody confirms, before anything is in the log."""
    return 1000 + installation.rows(record)


def with_the_log(installation: Installation) -> int:
    """Return what moves by one with an entry that somebody's confirmation made."""
    return 1000 + sum(b'"signature.recorded"' in leaf for leaf in leaves(installation.services.database))


def tells_everywhere(installation: Installation, figure: Callable[[], int]) -> None:
    """Let every public answer, whatever its kind, tell one figure more."""

    def tell(answer: Response) -> Response:
        if answer.status_code == 200:
            answer.set_data(answer.get_data() + f"\n<!-- Iceland,{figure()} -->\n".encode())
        return answer

    app = installation.app
    app.wsgi_app = app.extensions["kept_pages"].behind  # type: ignore[method-assign]  # tells late what changes at once
    app.after_request_funcs.setdefault(None, []).insert(0, tell)


def test_one_person_is_seen_on_every_address_that_tells_of_them(
    sqlite_database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    installation = install(sqlite_database, tmp_path, clock)
    people, attacker = Marked(installation, 0), Attacker(installation, least_of(installation))
    for number in range(3):
        people.joins(number, "IS")
    writes_a_letter(installation)
    tells_everywhere(installation, lambda: at_once(installation) + with_the_log(installation))
    attacker.looks()
    people.joins(3, "IS")
    attacker.looks()
    seen_at_once, attacker.learnt = {WHERE.split(line)[0] for line in attacker.learnt}, []
    installation.records()
    follows(installation)
    attacker.looks()
    client = installation.client()
    telling = {address for address in attacker.addresses() if client.get(address).status_code == 200}
    assert {WHERE.split(line)[0] for line in attacker.learnt} == {WHERE.split(address)[0] for address in telling}
    assert seen_at_once == {WHERE.split(address)[0] for address in telling}
    kinds = {address.rpartition("/")[2] for address in telling}
    assert kinds >= {"numbers", "numbers.csv", "tally.csv", "count.json", "feed.atom", "letters", "checkpoint"}
    assert {address.rpartition(".")[2] for address in telling} >= {"pdf", "zip"}


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
        if 0 < shown[-1] < BATCH_MIN:
            break
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
    assert min(shown) >= BATCH_MIN


def test_at_risk_an_append_at_once_is_seen(
    sqlite_database: Database, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = install(sqlite_database, tmp_path, clock, at_risk=True)

    def at_once(log: object, connection: sa.Connection, found: sa.Row[tuple[str]], tick_s: int) -> int:
        return append_waiting(log, connection, found.id)  # type: ignore[arg-type]

    monkeypatch.setattr(recorder, "_record_at_tick", at_once)
    assert min(batches(installation, Attacker(installation, 0))) < BATCH_MIN


def test_an_address_that_nobody_can_fill_in_is_named(
    sqlite_database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    installation = install(sqlite_database, tmp_path, clock)
    installation.app.url_map.add(installation.app.url_rule_class("/who/<district>", endpoint="who", methods=["GET"]))
    with pytest.raises(AssertionError, match="<district>"):
        Attacker(installation, 5).addresses()
