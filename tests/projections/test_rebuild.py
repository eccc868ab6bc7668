"""Rebuilding gives the same read models, while the old ones serve, however often it is done."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa

from service.errors import LogDamaged
from service.readmodel.rebuild import rebuild
from service.readmodel.runner import Runner
from service.readmodel.tables import live
from service.store.tables import event
from tests.signatures.conftest import PROJECTIONS, Signing


def contents(signing: Signing) -> dict[str, list[Any]]:
    with signing.database.read() as connection:
        return {t.name: sorted(map(tuple, connection.execute(sa.select(t)))) for t in live.all()}


def lively(signing: Signing) -> None:
    chance = random.Random(7)
    pages = [signing.joins() for _ in range(12)]
    signing.records()
    for page in chance.sample(pages, 4):
        signing.leaves(page, erase=chance.random() < 0.5)
    signing.joins("person0@example.org")
    signing.records()


def test_a_rebuild_gives_the_same_rows(signing: Signing) -> None:
    lively(signing)
    before = contents(signing)
    for _ in range(2):
        told: list[tuple[int, int]] = []
        size = rebuild(signing.log, PROJECTIONS, lambda done, of, told=told: told.append((done, of)))
        assert contents(signing) == before
        assert size == before["read_progress"][0][2]
        assert told[-1][0] == told[-1][1]


def test_pages_of_one_event_give_the_same_rows_as_one_large_page(signing: Signing) -> None:
    lively(signing)
    before = contents(signing)
    with signing.database.write() as connection:
        for table in live.all():
            connection.execute(sa.delete(table))
    Runner(signing.log, PROJECTIONS).catch_up(limit=1)
    assert contents(signing) == before


def test_what_came_and_went_is_the_same_in_one_page_and_in_two(signing: Signing) -> None:
    page = signing.joins()
    signing.records()
    signing.leaves(page)
    signing.records()
    before = contents(signing)
    rebuild(signing.log, PROJECTIONS, lambda done, of: None)
    assert contents(signing) == before


def test_following_goes_on_after_a_rebuild(signing: Signing) -> None:
    lively(signing)
    rebuild(signing.log, PROJECTIONS, lambda done, of: None)
    before = signing.counts()["active"]
    signing.joins()
    signing.records()
    assert signing.counts()["active"] == before + 1


def test_a_second_runner_applies_nothing_twice(signing: Signing) -> None:
    lively(signing)
    before = contents(signing)
    assert Runner(signing.log, PROJECTIONS).run_once() == 0
    assert contents(signing) == before


def test_a_log_that_was_rolled_back_is_refused(signing: Signing) -> None:
    lively(signing)
    with signing.database.write() as connection:
        newest = connection.execute(sa.select(sa.func.max(event.c.id))).scalar_one()
        connection.execute(sa.delete(event).where(event.c.id == newest))
    with pytest.raises(LogDamaged, match="rolled back"):
        Runner(signing.log, PROJECTIONS).run_once()
