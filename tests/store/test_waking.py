"""A worker is woken by the transaction that leaves it something to do, and looks by itself should that be lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from service.operations.work import Pass, follow
from service.store.database import Database
from service.store.group_commit import Commits, Kind
from service.store.waking import Alarm, listen, notify


@pytest.fixture
def alarm(database: Database) -> Iterator[Alarm]:
    """Return an alarm that listens to a database of each kind; on SQLite nobody notifies."""
    found, stop = Alarm(), threading.Event()
    if database.dialect == "sqlite":
        yield found
        return
    thread = threading.Thread(target=listen, args=(database, found, stop))
    thread.start()
    assert found.wait(30, 0) == 1  # it listens
    yield found
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def test_a_batch_rings_once_it_is_durable(database: Database, alarm: Alarm) -> None:
    heard = alarm.rings
    Commits(database, {"nothing": Kind(lambda _connection, rows: [1] * len(rows), key=str)}).commit([("nothing", 1)])
    if database.dialect == "postgresql":
        assert alarm.wait(30, heard) > heard


def test_what_is_undone_rings_nobody(postgresql_database: Database) -> None:
    address = postgresql_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as listener:
        listener.execute("LISTEN undersigned")
        with pytest.raises(ZeroDivisionError), postgresql_database.write() as connection:
            notify(connection)
            raise ZeroDivisionError
        with postgresql_database.write() as connection:
            notify(connection)
        assert len(list(listener.notifies(timeout=30, stop_after=1))) == 1
        assert list(listener.notifies(timeout=0)) == []


def test_a_lost_connection_is_opened_again(postgresql_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.waking.AGAIN_S", 0.01)
    alarm, stop = Alarm(), threading.Event()
    thread = threading.Thread(target=listen, args=(postgresql_database, alarm, stop))
    thread.start()
    try:
        assert alarm.wait(30, 0) == 1
        with postgresql_database.write() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE 'LISTEN%%' AND datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert alarm.wait(30, 1) == 2
        with postgresql_database.write() as connection:
            notify(connection)
        assert alarm.wait(30, 2) == 3
    finally:
        stop.set()
        thread.join(30)


@pytest.mark.parametrize("rings", [True, False])
def test_a_resting_pass_is_woken_and_looks_by_itself(
    postgresql_database: Database, rings: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.operations.work.IDLE_S", 3600.0 if rings else 0.001)
    alarm, stop, ran = Alarm(), threading.Event(), threading.Semaphore(0)

    def run() -> int:
        ran.release()
        return 0

    each = Pass("recorder", 0.001, run, is_woken=True)
    thread = threading.Thread(target=follow, args=(postgresql_database, each, stop, None, alarm))
    thread.start()
    try:
        assert ran.acquire(timeout=30)
        if rings:
            alarm.ring()
        assert ran.acquire(timeout=30)
    finally:
        stop.set()
        alarm.ring()
        thread.join(30)
    assert not thread.is_alive()
