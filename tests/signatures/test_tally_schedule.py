"""The worker looks at fixed moments; whoever polls learns nothing of fewer people than the minimum."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.campaigns.queries import TallyView, last_tally
from service.campaigns.tally import Cells
from service.errors import NotFound
from service.readmodel.runner import Runner
from service.store.tables import record
from service.vault.sealing import SealBroken
from tests.campaigns.crowd import leaks
from tests.signatures.conftest import CAMPAIGN, ORDINARY, PROJECTIONS, Signing
from tests.signatures.tallying import joins, tallies_of, told

HOUR_S = 3_600


def looks(signing: Signing, **ahead: int) -> int:
    """Let the worker's pass come after a while."""
    signing.clock.moment += timedelta(**ahead)
    signing.records()
    found = tallies_of(signing).publish_due(signing.clock.now(), HOUR_S)
    Runner(signing.log, PROJECTIONS).catch_up()
    return found


def newest(signing: Signing) -> TallyView | None:
    with signing.database.read() as connection:
        return last_tally(connection, CAMPAIGN)


def test_it_looks_once_an_hour_and_publishes_what_is_new(signing: Signing) -> None:
    assert looks(signing) == 0
    joins(signing, "CZ", 5)
    assert looks(signing, minutes=59) == 0
    assert looks(signing, minutes=1) == 1
    assert looks(signing, hours=1) == 0
    found = newest(signing)
    assert found is not None
    assert (found.by_country, found.at_size, found.entry) == ({"CZ": 5}, 8, 8)


def test_one_that_cannot_be_counted_now_is_looked_at_again(signing: Signing) -> None:
    joins(signing, "CZ", 5)
    signing.records()
    assert tallies_of(signing, meanwhile=lambda: looks(signing)).publish_due(signing.clock.now(), HOUR_S) == 0
    Runner(signing.log, PROJECTIONS).catch_up()
    assert len(told(signing)) == 1
    assert looks(signing) == 0


def test_before_a_letter_the_read_models_follow_and_a_tally_is_published(signing: Signing) -> None:
    joins(signing, "CZ", 5)
    tallies = tallies_of(signing)
    tallies.before_letter("test", signing.clock.now())  # nothing is recorded yet
    assert newest(signing) is None
    signing.records()
    for _ in range(2):
        tallies.before_letter("test", signing.clock.now())
    found = newest(signing)
    assert found is not None
    assert (found.active, len(told(signing))) == (5, 1)


def test_a_record_that_was_altered_stops_the_tally_and_no_letter(signing: Signing) -> None:
    joins(signing, "CZ", 5)
    with signing.database.write() as connection:
        connection.execute(sa.update(record).values(sealed=b"\0" * 600))
    for _ in range(2):  # it stays due
        with pytest.raises(SealBroken):
            looks(signing)
    tallies_of(signing).before_letter("test", signing.clock.now())
    assert told(signing) == []


def test_a_letter_to_an_unknown_appeal_is_refused_as_such(signing: Signing) -> None:
    with pytest.raises(NotFound):
        tallies_of(signing).before_letter("nothing", signing.clock.now())


def test_whoever_polls_after_every_event_cannot_tell_what_a_few_did(signing: Signing) -> None:
    chance = random.Random(3)
    pages: list[str] = []
    polled: list[Cells] = []
    for _ in range(60):
        for _ in range(chance.choice((1, 1, 2, 6))):
            pages += joins(signing, chance.choice(("CZ", "CZ", "TR", "DE", None)))
        if chance.random() < 0.4:
            withdraw, erase = chance.choice(((True, False), (False, True), (True, True)))
            signing.leaves(pages.pop(chance.randrange(len(pages))), withdraw=withdraw, erase=erase)
        looks(signing, hours=1)
        found = newest(signing)
        if found is not None:
            polled.append(Cells(found.by_country, found.merged, found.erased))
    assert leaks(ORDINARY.tally_min, polled) == []
    assert sum(bool(cells.by_country) for cells in polled) > 10
    assert len(told(signing)) > 10
