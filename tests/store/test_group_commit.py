"""Group commit: one transaction for all that waits, and only the culprit fails."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from service.errors import Busy
from service.store.database import Database
from service.store.group_commit import GATE_TAKEN, Commits, DirectWriter, GreenWriter, Kind
from service.store.tables import document


def put(connection: sa.Connection, rows: Sequence[str]) -> list[Any]:
    values = [{"hash": row, "media_type": "text/plain", "content": b"", "public": True} for row in rows]
    connection.execute(sa.insert(document), values)
    return list(rows)


KINDS = {"put": Kind(put, key=str)}


def stored(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(sa.select(document.c.hash)).scalars())


def test_a_batch_answers_in_the_order_in_which_it_was_given(database: Database) -> None:
    commits = Commits(database, KINDS)
    assert commits.commit([("put", "c"), ("put", "a"), ("put", "b")]) == ["c", "a", "b"]
    assert stored(database) == {"a", "b", "c"}


def test_only_the_culprit_fails(database: Database) -> None:
    commits = Commits(database, KINDS)
    commits.commit([("put", "a")])
    results = commits.commit([("put", "b"), ("put", "a"), ("put", "c")])
    assert results[::2] == ["b", "c"]
    assert isinstance(results[1], sa.exc.IntegrityError)
    assert stored(database) == {"a", "b", "c"}


def test_the_culprits_error_reaches_its_caller(database: Database) -> None:
    writer = DirectWriter(Commits(database, KINDS))
    writer.run("put", "a")
    with pytest.raises(sa.exc.IntegrityError):
        writer.run("put", "a")


def test_many_threads_lose_nothing(database: Database) -> None:
    writer = DirectWriter(Commits(database, KINDS))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: writer.run("put", str(n)), range(60)))
    assert stored(database) == {str(n) for n in range(60)}


def test_a_taken_gate_ends_in_busy(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.group_commit.GATE_WAIT_MAX_S", 0.05)
    commits = Commits(database, {"shut": Kind(lambda connection, rows: [GATE_TAKEN] * len(rows), key=str)})
    with pytest.raises(Busy):
        DirectWriter(commits).run("shut", "a")


def test_a_lost_database_rejects_the_batch_and_recovers(sqlite_database: Database) -> None:
    writer = DirectWriter(Commits(sqlite_database, KINDS))
    assert sqlite_database.path is not None
    sqlite_database.dispose()
    away = sqlite_database.path.rename(sqlite_database.path.with_suffix(".away"))
    with pytest.raises(Busy):
        writer.run("put", "a")
    away.rename(sqlite_database.path)
    assert writer.run("put", "a") == "a"


def test_a_full_disk_rejects_the_batch_and_recovers(sqlite_database: Database) -> None:
    def limit(pages: int) -> None:
        with sqlite_database.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    big = Kind(
        lambda connection, rows: [
            connection.execute(
                sa.insert(document).values(hash=row, media_type="x", content=b"x" * 400_000, public=True)
            ).rowcount
            for row in rows
        ],
        key=str,
    )
    writer = DirectWriter(Commits(sqlite_database, {"big": big}))
    limit(1)  # not below what is there: no page more
    with pytest.raises(Busy, match="full"):
        writer.run("big", "a")
    limit(1_000_000)
    assert writer.run("big", "a") == 1


def test_a_full_queue_refuses_at_once(sqlite_database: Database) -> None:
    writer = GreenWriter(Commits(sqlite_database, KINDS), queue_max=0)
    with pytest.raises(Busy):
        writer.run("put", "a")


def test_greenlets_share_one_transaction(sqlite_database: Database) -> None:
    import gevent

    batches: list[int] = []

    def counted(connection: sa.Connection, rows: Sequence[str]) -> list[Any]:
        batches.append(len(rows))
        return put(connection, rows)

    writer = GreenWriter(Commits(sqlite_database, {"put": Kind(counted, key=str)}), queue_max=1024)
    jobs = [gevent.spawn(writer.run, "put", str(n)) for n in range(50)]
    gevent.joinall(jobs, raise_error=True)
    assert stored(sqlite_database) == {str(n) for n in range(50)}
    assert batches == [50]
