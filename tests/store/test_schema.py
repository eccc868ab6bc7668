"""Only `petition prepare` makes tables; everything else refuses a database that it does not know."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.errors import ConfigError, SchemaUnknown, StoreUnavailable
from service.store.database import Database, open_database
from service.store.schema import check_schema, prepare_schema


def test_a_missing_database_says_what_to_run(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(SchemaUnknown, match="petition prepare"):
        check_schema(database)
    assert not (tmp_path / "none.db").exists()


def test_an_unprepared_database_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(SchemaUnknown, match="schema none, this version needs"):
        check_schema(open_database(f"sqlite:///{tmp_path}/empty.db"))


def test_a_database_of_another_version_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaUnknown, match="schema 9999"):
        check_schema(database)


def test_preparing_twice_changes_nothing(database: Database) -> None:
    prepare_schema(database)
    check_schema(database)


def test_a_new_database_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    prepare_schema(open_database(f"sqlite:///{tmp_path}/new.db"))
    assert stat.S_IMODE((tmp_path / "new.db").stat().st_mode) == 0o600


def test_a_write_in_a_read_only_database_is_a_clear_error(sqlite_database: Database) -> None:
    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(StoreUnavailable, match="readonly"), sqlite_database.write() as connection:
        connection.execute(sa.text("DELETE FROM document"))


def test_sqlite_is_durable_and_forgets_what_is_deleted(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in
                 ("journal_mode", "synchronous", "secure_delete", "foreign_keys")}  # fmt: skip
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}


def test_another_kind_of_database_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL"):
        open_database("mysql://example/x")


def test_the_schema_in_the_database_is_the_declared_one(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    import service.desk.tables
    import service.letters.tables
    import service.readmodel.tables
    import service.store.mail_tables
    import service.vault.tables  # noqa: F401
    from service.store.tables import metadata

    def is_here(item: Any, *_: Any) -> bool:
        return bool(item.info.get("only", database.dialect) == database.dialect)

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_here})
        assert compare_metadata(context, metadata) == []


def test_a_locked_database_is_a_clear_error_and_recovers(sqlite_database: Database) -> None:
    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    assert sqlite_database.path is not None
    stranger = sqlite3.connect(sqlite_database.path)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"), sqlite_database.write() as connection:
        connection.execute(sa.text("DELETE FROM document"))
    stranger.rollback()
    stranger.close()
    with sqlite_database.write() as connection:
        connection.execute(sa.text("DELETE FROM document"))


def test_a_server_that_went_away_is_a_clear_error_and_is_found_again(postgresql_database: Database) -> None:
    with pytest.raises(StoreUnavailable), postgresql_database.write() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with postgresql_database.write() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1


def test_a_damaged_file_is_a_clear_error(sqlite_database: Database) -> None:
    assert sqlite_database.path is not None
    sqlite_database.dispose()
    sqlite_database.path.write_bytes(b"no database at all" * 300)
    with pytest.raises(StoreUnavailable, match="not a database"):
        check_schema(sqlite_database)


def test_a_lock_file_that_cannot_be_opened_is_a_clear_error(sqlite_database: Database) -> None:
    with sqlite_database.write():
        pass
    lock = Path(f"{sqlite_database.path}.lock")
    lock.unlink()
    lock.mkdir()  # root opens everything but a folder
    with pytest.raises(StoreUnavailable, match="lock file"), sqlite_database.write():
        pass
    lock.rmdir()
    with sqlite_database.write():
        pass
