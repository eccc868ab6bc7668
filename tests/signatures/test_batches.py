"""What waits tells no time and is appended in no order."""

from __future__ import annotations

import hashlib
import itertools
import math
import random
from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from service.eventlog import waiting as module
from service.eventlog.waiting import append_waiting
from service.store.database import Database
from service.store.tables import event, waiting
from tests.signatures.conftest import Signing

PEOPLE, BATCHES = 4, 96
FAR_OUT = 80.0  # chi-squared with 23 degrees of freedom: less than once in a million runs


def unevenness(signing: Signing, batches: int) -> float:
    """Return chi-squared of the orders in which batches of four were appended, of the 24 that there are."""
    orders, numbers = Counter[tuple[int, ...]](), itertools.count()
    for _ in range(batches):
        came = [hashlib.sha256(b"%d" % next(numbers)).hexdigest()[:22] for _ in range(PEOPLE)]
        row = {"version": 1, "campaign": signing.campaign.id, "topic": "signature.recorded", "leaf": b"{}"}
        with signing.log.transaction() as connection:
            for one in came:
                connection.execute(sa.insert(waiting).values(row | {"signature": one}))
            append_waiting(signing.log, connection, signing.campaign.id)
            newest = sa.select(event.c.stream).order_by(event.c.id.desc()).limit(PEOPLE)
            appended = connection.scalars(newest).all()[::-1]
        assert sorted(came) == sorted(appended)
        orders[tuple(came.index(one) for one in appended)] += 1
    expected = batches / math.factorial(PEOPLE)
    never = math.factorial(PEOPLE) - len(orders)
    return sum((many - expected) ** 2 / expected for many in orders.values()) + never * expected


def test_the_order_of_a_batch_is_uniform(signing: Signing) -> None:
    assert unevenness(signing, BATCHES) < FAR_OUT


def not_at_all(rows: list[object]) -> None:
    """Leave rows as the database gives them: as they came."""


def turned(rows: list[object]) -> None:
    """Begin anywhere: each is at each place equally often, but behind the one who came before."""
    start = random.randrange(len(rows))
    rows[:] = rows[start:] + rows[:start]


def neighbours(rows: list[object]) -> None:
    """Change some neighbours only."""
    for one, other in itertools.pairwise(range(len(rows))):
        if random.random() < 0.5:
            rows[one], rows[other] = rows[other], rows[one]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("shuffle", [not_at_all, turned, neighbours])
def test_another_order_is_seen(
    signing: Signing, monkeypatch: pytest.MonkeyPatch, shuffle: Callable[[list[object]], None]
) -> None:
    random.seed(1)
    monkeypatch.setattr(module._random, "shuffle", shuffle)
    assert unevenness(signing, BATCHES) > FAR_OUT


def times_kept(database: Database) -> set[str]:
    """Return the columns of what waits that tell, or could tell, when it came."""
    with database.read() as connection:
        rows = connection.execute(sa.text("SELECT * FROM waiting")).mappings().all()
    assert rows
    assert all(b":" not in bytes(row["leaf"]).replace(b'":', b"") for row in rows)  # a day, and no hour
    return set(rows[0]) - {"signature", "version", "campaign", "topic", "leaf"}


def test_what_waits_holds_no_time(signing: Signing) -> None:
    signing.joins()
    assert set(waiting.c.keys()) == {"signature", "version", "campaign", "topic", "leaf"}
    assert times_kept(signing.database) == set()


def test_a_time_beside_what_waits_is_seen(signing: Signing) -> None:
    with signing.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE waiting ADD COLUMN came TEXT DEFAULT '12:34'")
    signing.joins()
    assert times_kept(signing.database) == {"came"}
