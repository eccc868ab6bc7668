"""A database server that says nothing is away, and a process that stands still loses what it holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from service.errors import StoreUnavailable
from service.store import postgresql, roles
from service.store.database import Database, open_database
from service.store.pulse import Pulse
from service.store.roles import long_role, role
from tests.faults.server import wait_until


@pytest.fixture
def other(postgresql_database: Database) -> Iterator[Database]:
    """Return the same database, as another worker has it."""
    found = open_database(postgresql_database.url)
    yield found
    found.dispose()


def is_free(database: Database, name: str, kind: object) -> bool:
    with kind(database, name) as taken:  # type: ignore[operator]
        return bool(taken)


def test_a_statement_without_an_answer_is_given_up_and_the_next_one_has_another_connection(
    postgresql_database: Database,
) -> None:
    hurried = open_database(postgresql_database.url, silent_max_s=0.5)
    with pytest.raises(StoreUnavailable), hurried.read() as connection:
        connection.execute(sa.text("SELECT pg_sleep(600)"))
    with hurried.read() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1
    hurried.dispose()


@pytest.mark.parametrize("kind", [role, long_role])
def test_a_worker_that_stands_still_loses_its_role(
    postgresql_database: Database, other: Database, kind: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roles, "ROLE_SILENT_MAX_S", 1)
    monkeypatch.setattr(roles, "PULSE", Pulse(every_s=600))
    with pytest.raises(StoreUnavailable), kind(postgresql_database, "recorder") as taken:  # type: ignore[operator]
        assert taken
        wait_until(lambda: is_free(other, "recorder", kind), "the role to be free")
    assert is_free(postgresql_database, "recorder", kind)


@pytest.mark.parametrize("kind", [role, long_role])
def test_a_worker_with_a_pulse_keeps_its_role(
    postgresql_database: Database, other: Database, kind: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roles, "ROLE_SILENT_MAX_S", 2)
    monkeypatch.setattr(roles, "PULSE", Pulse(every_s=0.05))
    with kind(postgresql_database, "recorder") as taken:  # type: ignore[operator]
        assert taken
        assert not threading.Event().wait(3)  # longer than a silent one keeps it
        assert not is_free(other, "recorder", kind)
    assert is_free(other, "recorder", kind)


def test_a_write_transaction_that_stands_still_is_undone_by_the_server(
    postgresql_database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "IDLE_MAX", "-c idle_in_transaction_session_timeout=500ms")
    slow = open_database(postgresql_database.url)
    lock = sa.text("SELECT pg_advisory_xact_lock(1, 1)")
    with pytest.raises(StoreUnavailable), slow.write() as connection:
        connection.execute(lock)
        with other.write() as second:
            second.execute(lock)  # waits until the first has lost it
        connection.execute(sa.text("SELECT 1"))
    slow.dispose()
