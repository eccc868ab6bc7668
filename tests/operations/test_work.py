"""The worker: what it does, who does it, what a failure changes, and how it stops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.errors import StoreUnavailable
from service.operations.work import Pass, follow, passes, run_once, work
from service.store.database import Database, open_database
from service.store.roles import long_role, role
from tests.installation import Installation
from tests.operations.conftest import Installs

IDLE = """SELECT count(*) FROM pg_stat_activity
    WHERE state = 'idle in transaction' AND datname = current_database() AND pid <> pg_backend_pid()"""


def is_counted(installation: Installation) -> bool:
    """Wait, for a bounded time, until one signature counts."""
    pause = threading.Event()
    return any(installation.count()["active"] == 1 or pause.wait(0.05) for _ in range(400))


def test_it_sends_records_and_counts_until_it_is_stopped(installation: Installation) -> None:
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(installation.services, stop))
    worker.start()
    counted = is_counted(installation)
    stop.set()
    worker.join(10)
    assert not worker.is_alive()
    assert counted


def test_a_pass_is_left_to_who_holds_its_role(database: Database, another_connection: Callable[[], Database]) -> None:
    ran: list[int] = []

    def run() -> int:
        ran.append(1)
        return 1

    each = Pass("recorder", 1.0, run)
    with role(another_connection(), "recorder") as is_ours:
        assert is_ours
        assert run_once(database, each) == 0
    assert ran == []
    assert run_once(database, each) == 1


def test_a_pass_that_fails_is_tried_again(sqlite_database: Database) -> None:
    stop, tries = threading.Event(), []

    def fail_twice() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise ValueError("no word of this may be logged")
        stop.set()
        return 0

    follow(sqlite_database, Pass("recorder", 0.01, fail_twice), stop)
    assert len(tries) == 3


@pytest.mark.parametrize("is_shared", [True, False])
def test_only_what_has_a_role_holds_a_transaction_open(postgresql_database: Database, is_shared: bool) -> None:
    def count_idle() -> int:
        with postgresql_database.read() as connection:
            return int(connection.execute(sa.text(IDLE)).scalar_one())

    assert run_once(postgresql_database, Pass("mail", 1.0, count_idle, is_shared)) == (0 if is_shared else 1)


def test_letters_are_handed_over_by_one_worker_and_without_an_open_transaction(postgresql_database: Database) -> None:
    another = open_database(postgresql_database.url)
    with long_role(postgresql_database, "letters") as is_ours:
        with long_role(another, "letters") as is_theirs, another.read() as connection:
            assert (is_ours, is_theirs) == (True, False)
            assert connection.execute(sa.text(IDLE)).scalar_one() == 0
    with long_role(another, "letters") as is_theirs:
        assert is_theirs
    another.dispose()


def test_a_letters_role_ends_with_its_session(postgresql_database: Database) -> None:
    another = open_database(postgresql_database.url)
    with pytest.raises(StoreUnavailable), long_role(postgresql_database, "letters") as is_ours:
        assert is_ours
        with another.write() as connection:
            connection.execute(
                sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
            )
    with long_role(another, "letters") as is_theirs:
        assert is_theirs
    another.dispose()


def test_what_speaks_to_others_is_shared_and_the_rest_is_done_by_one_at_a_time(installation: Installation) -> None:
    shared = [each.name for each in passes(installation.services) if each.is_shared]
    assert shared == ["witnesses", "outbox", "names", "letters"]


def test_a_pass_that_fails_does_not_stop_the_others(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def fail(*_: object) -> int:
        failed.set()
        raise RuntimeError("no word of this may be logged")

    monkeypatch.setattr("service.operations.work.send_due", fail)
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(installation.services, stop))
    worker.start()
    try:
        assert failed.wait(10)
        assert is_counted(installation)
    finally:
        stop.set()
        worker.join(10)
    assert not worker.is_alive()


def test_every_pass_has_a_role_of_its_own(installation: Installation) -> None:
    names = [each.name for each in passes(installation.services)]
    assert len(set(names)) == len(names)


def test_the_journal_of_erasures_leaves_the_database(database: Database, installs: Installs, tmp_path: Path) -> None:
    path = tmp_path / "erasures"
    installation = installs(database, ERASURE_JOURNAL=str(path))
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO erasure (row, day) VALUES ('row-1', '2026-03-02')")
    found = {each.name: each for each in passes(installation.services)}
    found["retention"].run()
    assert "row-1 2026-03-02" in path.read_text()


def test_sqlites_write_ahead_log_is_emptied(sqlite_database: Database, installs: Installs) -> None:
    installation = installs(sqlite_database)
    wal = Path(f"{sqlite_database.path}-wal")
    assert wal.stat().st_size > 0
    {each.name: each for each in passes(installation.services)}["tidy"].run()
    assert wal.stat().st_size == 0
