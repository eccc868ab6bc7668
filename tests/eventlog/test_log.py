"""The log appends in one order, in one transaction with other rows, and refuses a version twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError

from service.errors import LogDamaged
from service.eventlog.catalogue import encode
from service.eventlog.log import PetitionLog
from service.eventlog.waiting import append_waiting
from service.signatures.events import SignatureWithdrawn
from service.store.database import Database
from service.store.tables import document, event, waiting

CAMPAIGN = "c_0000000001"


def withdrawn(number: int) -> SignatureWithdrawn:
    return SignatureWithdrawn(day="2026-11-25", campaign=CAMPAIGN, signature=f"{number:021d}A")


def test_a_second_event_of_the_same_version_is_refused(database: Database) -> None:
    log = PetitionLog(database)
    log.append(withdrawn(1), 1)
    with pytest.raises(IntegrityError):
        log.append(withdrawn(1), 1)
    assert len(log.entries(0, 10)) == 1


def test_a_row_beside_a_refused_event_is_not_stored(database: Database) -> None:
    log = PetitionLog(database)
    log.append(withdrawn(1), 1)
    with pytest.raises(IntegrityError), log.transaction() as connection:
        connection.execute(sa.insert(document).values(hash="0" * 64, media_type="text/plain", content=b"", public=True))
        log.append(withdrawn(1), 1)
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(document)).scalar_one() == 0


def test_a_reader_skips_nothing_while_many_append(database: Database) -> None:
    log = PetitionLog(database)
    numbers = range(120)
    with ThreadPoolExecutor(6) as pool:
        appended = [pool.submit(log.append, withdrawn(n), 1) for n in numbers]
        seen: list[str] = []
        after = 0
        while not all(f.done() for f in appended) or len(seen) < len(numbers):
            page = log.entries(after, 7)
            seen += [entry.stream for entry in page]
            after = page[-1].position if page else after
    assert sorted(seen) == [f"{n:021d}A" for n in numbers]


def test_days_of_other_events_never_decrease(database: Database) -> None:
    log = PetitionLog(database)
    with log.transaction() as connection:
        assert log.day(connection, datetime(2026, 11, 26, 0, 1, tzinfo=UTC)) == "2026-11-26"
    with log.transaction() as connection:
        assert log.day(connection, datetime(2026, 11, 25, 23, 59, tzinfo=UTC)) == "2026-11-26"


def test_what_waits_is_appended_once_with_each_signatures_own_order(database: Database) -> None:
    log = PetitionLog(database)
    rows = [
        {"signature": e.signature, "version": v, "campaign": CAMPAIGN, "topic": e.topic, "leaf": encode(e)}
        for e in map(withdrawn, range(20))
        for v in (1, 2)
    ]
    with database.write() as connection:
        connection.execute(sa.insert(waiting), rows)
    with log.transaction() as connection:
        assert append_waiting(log, connection, CAMPAIGN, 15) == 15
    with log.transaction() as connection:
        assert append_waiting(log, connection, CAMPAIGN) == 25
        assert append_waiting(log, connection, CAMPAIGN) == 0
    entries = log.entries(0, 100)
    assert len(entries) == 40
    versions: dict[str, list[int]] = {}
    for entry in entries:
        versions.setdefault(entry.stream, []).append(entry.version)
    assert all(found == [1, 2] for found in versions.values())


def test_a_damaged_line_is_named(database: Database) -> None:
    log = PetitionLog(database)
    log.append(withdrawn(1), 1)
    with database.write() as connection:
        connection.execute(sa.update(event).values(state=b'{"v":1}'))
    with pytest.raises(LogDamaged, match="entry 1"):
        log.entries(0, 10)
