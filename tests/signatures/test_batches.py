"""What waits tells no time and is appended in no order."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from service.eventlog.waiting import append_waiting
from service.signatures.rows import token_hash
from service.store.tables import mine, waiting
from tests.signatures.conftest import Signing

PEOPLE, BATCHES = 6, 60
FAR_OUT = 77.0  # chi-squared with 25 degrees of freedom: less than once in a million runs


def test_the_order_of_a_batch_is_uniform(signing: Signing) -> None:
    places: Counter[tuple[int, int]] = Counter()
    for _ in range(BATCHES):
        came = [_signature_behind(signing, signing.joins()) for _ in range(PEOPLE)]
        with signing.log.transaction() as connection:
            append_waiting(signing.log, connection, signing.campaign.id)
        appended = [entry.stream for entry in signing.log.entries(0, 10_000)][-PEOPLE:]
        assert sorted(came) == sorted(appended)
        places.update((number, appended.index(one)) for number, one in enumerate(came))
    expected = BATCHES / PEOPLE
    every = ((i, j) for i in range(PEOPLE) for j in range(PEOPLE))
    assert sum((places[cell] - expected) ** 2 / expected for cell in every) < FAR_OUT


def test_what_waits_holds_no_time(signing: Signing) -> None:
    signing.joins()
    with signing.database.read() as connection:
        (row,) = connection.execute(sa.select(waiting)).mappings()
    assert set(row) == {"signature", "version", "campaign", "topic", "leaf"}
    assert b":" not in bytes(row["leaf"]).replace(b'":', b"")  # a day, and no hour


def _signature_behind(signing: Signing, page: str) -> str:
    with signing.database.read() as connection:
        found = connection.scalar(sa.select(mine.c.signature).where(mine.c.token_hash == token_hash(page)))
    return str(found)
