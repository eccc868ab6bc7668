"""What all tests share: a fresh, prepared database of each kind, and a moment."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from service.clock import FixedClock
from service.store.database import Database, open_database
from service.store.schema import prepare_schema
from tests.kept import Kept
from tests.postgres import Cluster, remove_cluster, start_cluster

settings.register_profile("unhurried", deadline=None)  # others may use the machine
settings.load_profile("unhurried")

DIALECTS = ("sqlite", "postgresql")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: so none is left over when all others are done on the other processor."""
    long = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Start one PostgreSQL for the session. A missing one fails the tests that need it: none is passed over."""
    cluster = start_cluster(is_durable=False)  # no test of its databases cuts a machine's power
    try:
        yield cluster
    finally:
        remove_cluster(cluster)


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster) -> str:
    """Return the name of a prepared database that others are copied from."""
    name = cluster.create()
    database = open_database(cluster.url(name))
    prepare_schema(database)
    database.dispose()
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a prepared database that others are copied from."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = open_database(f"sqlite:///{path}")
    prepare_schema(database)
    with database.engine.connect() as connection:  # the copy is of one file
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """Return a fresh, prepared SQLite database."""
    path = tmp_path / "undersigned.db"
    shutil.copy(sqlite_template, path)
    database = open_database(f"sqlite:///{path}")
    yield database
    database.dispose()


@pytest.fixture
def postgresql_database(cluster: Cluster, postgresql_template: str) -> Iterator[Database]:
    """Return a fresh, prepared PostgreSQL database."""
    name = cluster.create(postgresql_template)
    database = open_database(cluster.url(name))
    yield database
    database.dispose()
    cluster.drop(name)


@pytest.fixture(params=DIALECTS)
def database(request: pytest.FixtureRequest) -> Database:
    """Return a fresh, prepared database: every test that asks for it runs once on each kind."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Return a kind of database: for tests that have a copy of what was kept of one, once for each kind."""
    return str(request.param)


@pytest.fixture(scope="session")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Return what keeps installations as they were at a moment."""
    return Kept(request, tmp_path_factory.mktemp("kept"))


@pytest.fixture
def another_connection(database: Database) -> Iterator[Callable[[], Database]]:
    """Return a function that opens the same database again, as another process would."""
    opened: list[Database] = []

    def open_again() -> Database:
        opened.append(open_database(database.url))
        return opened[-1]

    yield open_again
    for each in opened:
        each.dispose()


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands at noon of a fixed day until a test moves it."""
    return FixedClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
