"""Questions that the driver gets as they are: the same rows, errors as SQLAlchemy's own, and prepared once."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa

from service.errors import StoreUnavailable
from service.signatures import own_rows, pressed
from service.store.bulk import insert_rows
from service.store.database import Database
from service.store.prepared import Prepared
from service.store.tables import mine

OF = sa.bindparam("of")
KEPT = Prepared(
    sa.select(mine.c.signature, mine.c.kept_opening, mine.c.kept_until).where(
        sa.or_(mine.c.token_hash == OF, mine.c.campaign == OF), mine.c.signature != "s_0"
    )
)


def link(name: str, signature: str, kept: bytes | None) -> dict[str, object]:
    return {"token_hash": name, "signature": signature, "campaign": "c_1", "kept_opening": kept, "kept_until": 7}


def test_rows_come_as_they_were_stored(database: Database) -> None:
    rows = [link("a", "s_0", b"0"), link("b", "Gülnar", bytes(range(256))), link("c", "%s ? :of", None)]
    with database.write() as connection:
        insert_rows(connection, mine, rows)
    with database.ask() as connection:
        assert KEPT.rows(connection, of="b") == [("Gülnar", bytes(range(256)), 7)]
        assert sorted(KEPT.rows(connection, of="c_1")) == [("%s ? :of", None, 7), ("Gülnar", bytes(range(256)), 7)]
        assert KEPT.rows(connection, of="x' OR 1=1 --") == []


def test_what_the_driver_raises_is_raised_as_of_any_statement(database: Database) -> None:
    nowhere = Prepared(sa.select(sa.column("id")).select_from(sa.table("nowhere")).where(sa.column("id") == OF))
    expected = sa.exc.OperationalError if database.dialect == "sqlite" else sa.exc.ProgrammingError
    with pytest.raises((expected, StoreUnavailable)) as raised, database.read() as connection:
        nowhere.rows(connection, of="person-1@example.org")
    assert "person-1" not in str(raised.value)
    with database.ask() as connection:  # the connection is whole
        assert KEPT.rows(connection, of="b") == []


def test_a_connection_that_the_server_closed_is_not_lent_again(postgresql_database: Database) -> None:
    with pytest.raises(StoreUnavailable), postgresql_database.ask() as connection:
        ended = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        with postgresql_database.read() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": ended})
        KEPT.rows(connection, of="b")
    with postgresql_database.ask() as connection:
        assert KEPT.rows(connection, of="b") == []


def test_pages_of_a_signature_have_their_questions_prepared_once(sqlite_database: Database) -> None:
    prepared: list[int] = []

    def note(action: int, *_: object) -> int:
        prepared.append(action)
        return sqlite3.SQLITE_OK

    for question in (own_rows.QUESTION, pressed.BY_LINK, pressed.BY_ID):
        with sqlite_database.ask() as connection:
            # SQLite asks the authorizer while it prepares; a value that could have it use a partial index instead
            # (pause_lasting) has it prepare again whenever values are bound
            driver = connection.connection.driver_connection
            driver.set_authorizer(note)  # type: ignore[union-attr]
            question.rows(connection, of="a")
            assert prepared
            prepared.clear()
            question.rows(connection, of="b")
            assert prepared == []
            driver.set_authorizer(None)  # type: ignore[union-attr]
