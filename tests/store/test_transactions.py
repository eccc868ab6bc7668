"""What a connection costs and survives: questions without a transaction, snapshots, servers that closed it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa

from service.store.database import Database
from service.store.tables import recorder_tick

TICKS = sa.select(sa.func.count()).select_from(recorder_tick)


def add_tick(database: Database, campaign: str) -> None:
    with database.write() as connection:
        connection.execute(sa.insert(recorder_tick).values(campaign=campaign, tick=1))


def is_in_transaction(connection: sa.Connection) -> bool:
    driver = connection.connection.dbapi_connection
    if isinstance(driver, psycopg.Connection):
        return driver.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
    return bool(driver.in_transaction)  # type: ignore[union-attr]


def test_a_single_question_is_asked_outside_of_any_transaction(database: Database) -> None:
    with database.ask() as connection:
        assert connection.execute(TICKS).scalar_one() == 0
        assert not is_in_transaction(connection)
        add_tick(database, "c_1")
        assert connection.execute(TICKS).scalar_one() == 1
    with database.read() as connection:
        assert is_in_transaction(connection)


def test_a_read_transaction_is_of_one_moment(database: Database, another_connection: Callable[[], Database]) -> None:
    with database.read() as connection:
        assert connection.execute(TICKS).scalar_one() == 0
        add_tick(another_connection(), "c_1")
        assert connection.execute(TICKS).scalar_one() == 0


def test_what_a_block_wrote_is_undone_when_it_raises(database: Database) -> None:
    with pytest.raises(LookupError), database.write() as connection:
        connection.execute(sa.insert(recorder_tick).values(campaign="c_1", tick=1))
        raise LookupError
    with database.ask() as connection:
        assert connection.execute(TICKS).scalar_one() == 0


def test_a_connection_that_the_server_closed_is_opened_anew(postgresql_database: Database) -> None:
    with postgresql_database.ask() as one, postgresql_database.ask() as other:
        ids = [each.execute(sa.text("SELECT pg_backend_pid()")).scalar_one() for each in (one, other)]
        drivers = [each.connection.dbapi_connection for each in (one, other)]
    with psycopg.connect(postgresql_database.url.replace("+psycopg", ""), autocommit=True) as operator:
        for each in ids:  # waits for its end, at most 10 s
            assert operator.execute("SELECT pg_terminate_backend(%s, 10000)", [each]).fetchone() == (True,)
    for how in (postgresql_database.ask, postgresql_database.read, postgresql_database.write):
        with how() as connection:
            assert connection.execute(TICKS).scalar_one() == 0
            assert connection.connection.dbapi_connection not in drivers
