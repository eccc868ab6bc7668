"""Milestones raise drafts, each once, whoever looks and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from service.eventlog.log import PetitionLog
from service.letters.drafts import drafts
from service.letters.milestones import raise_due
from service.letters.tables import letter_draft
from service.store.tables import campaign
from tests.desk.conftest import Office
from tests.letters.conftest import Appeal, changes
from tests.letters.delivery.conftest import Dispatch, audited


def with_milestone(appeal: Appeal, *letters: str, **when: Any) -> None:
    changes(appeal, milestones=[{"id": "M1", "when": when, "letters": list(letters or ["L1"])}])


def raised(appeal: Appeal) -> list[tuple[str, str]]:
    """Let the worker look twice, and return slot and occasion of all drafts."""
    raise_due(appeal.log, appeal.clock.now())
    assert raise_due(appeal.log, appeal.clock.now()) == 0
    appeal.follow()
    with appeal.database.read() as connection:
        return [(one.slot, one.occasion) for one in drafts(connection, appeal.log)]


def test_a_number_of_signatures_raises_each_letter_once(office: Office, appeal: Appeal) -> None:
    with_milestone(appeal, "L1", "L2", confirmed=3)
    assert raised(appeal) == []
    appeal.signed_by("D")
    assert sorted(raised(appeal)) == [("L1", ""), ("L2", "")]
    appeal.withdrawn_by("D")
    appeal.signed_by("E")
    assert len(raised(appeal)) == 2


def test_nothing_of_a_draft_is_published(appeal: Appeal, tmp_path: Any) -> None:
    size = audited(appeal, tmp_path / "published")["size"]
    with_milestone(appeal, confirmed=1)
    assert raised(appeal) == [("L1", "")]
    assert audited(appeal, tmp_path / "published")["size"] == size


@pytest.mark.parametrize(
    ("before", "day", "expected"),
    [
        ("closes", "2026-05-27", []),
        ("closes", "2026-05-28", [("L1", "")]),
        ("closes", "2026-05-30", [("L1", "")]),
        ("closes", "2026-05-31", []),
        ("hearing_date", "2026-04-08", [("L1", "")]),
        ("hearing_date", "2026-04-07", []),
        ("removal_date", "2026-04-08", []),  # known to the month alone
        ("unknown_date", "2026-04-08", []),
    ],
)
def test_some_days_before_a_date_that_is_known(appeal: Appeal, before: str, day: str, expected: list[Any]) -> None:
    changes(appeal, dates={"hearing_date": "2026-04-10", "removal_date": "2026-04"})
    with_milestone(appeal, before=before, days=2)
    appeal.clock.moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    assert raised(appeal) == expected


def test_every_so_many_days_while_it_is_open(appeal: Appeal) -> None:
    with_milestone(appeal, every_days=10)
    found = []
    for _ in range(25):
        appeal.clock.moment += timedelta(days=1)
        found = raised(appeal)
    assert found == [("L1", "1"), ("L1", "2")]
    with appeal.database.write() as connection:
        connection.execute(sa.update(campaign).values(state="closed"))
    appeal.clock.moment += timedelta(days=30)
    assert len(raised(appeal)) == 2


def test_so_many_days_after_the_last_letter_without_an_answer(dispatch: Dispatch) -> None:
    with_milestone(dispatch.appeal, "L1", "L2", unanswered_days=30)
    assert raised(dispatch.appeal) == []
    dispatch.queues()
    dispatch.works()
    dispatch.waits(days=29)
    assert raised(dispatch.appeal) == []
    dispatch.waits(days=1)
    assert raised(dispatch.appeal) == [("L1", dispatch.letter)]
    dispatch.audited()


@pytest.mark.parametrize("state", ["withdrawn", "sealed", "draft"])
def test_an_appeal_that_is_over_raises_nothing(appeal: Appeal, state: str) -> None:
    with_milestone(appeal, confirmed=1)
    with appeal.database.write() as connection:
        connection.execute(sa.update(campaign).values(state=state))
    assert raised(appeal) == []


def test_a_letter_whose_needs_are_unknown_stays_asleep(appeal: Appeal) -> None:
    with_milestone(appeal, "L5", confirmed=1)
    assert raised(appeal) == []


def test_two_workers_at_once_raise_it_once(appeal: Appeal, another_connection: Any) -> None:
    with_milestone(appeal, "L1", "L2", "L3", confirmed=1)
    logs = [PetitionLog(another_connection()) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda log: raise_due(log, appeal.clock.now()), logs))
    assert sum(found) == 3
    with appeal.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(letter_draft)).scalar_one() == 3
