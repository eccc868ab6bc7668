"""Installations with the example appeal open, on each kind of database, and what a backup of one holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.operations.backup_manifest import DUMP
from service.operations.logging import log_requests
from service.store.database import Database, open_database
from service.store.postgresql_dump import load_postgresql
from tests.installation import Installation, install
from tests.journeys.conftest import at_risk, installation
from tests.postgres import Cluster

__all__ = ["at_risk", "installation"]

Loads = Callable[[Path], Database]


@pytest.fixture
def installed(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with everything that leaves files beside the database."""
    (tmp_path / "copies").mkdir(mode=0o700)
    places = {"BACKUP_DIR": "backups", "KEYS_COPY": "copies", "ERASURE_JOURNAL": "erasures"}
    found = install(database, tmp_path, clock, **{name: str(tmp_path / place) for name, place in places.items()})
    database.dispose()
    log_requests(found.app)
    yield found
    found.services.database.dispose()


@pytest.fixture
def loads(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Loads]:
    """Return a function that opens what a backup holds."""
    opened: list[Database] = []

    def load(backup: Path) -> Database:
        copy = tmp_path.parent / f"{tmp_path.name}-opened-{len(opened)}"
        if request.node.callspec.params["database"] == "sqlite":
            shutil.copy(backup / DUMP, copy)
            opened.append(open_database(f"sqlite:///{copy}"))
        else:
            cluster: Cluster = request.getfixturevalue("cluster")
            opened.append(open_database(cluster.url(cluster.create())))
            load_postgresql(opened[-1], backup / DUMP)
        return opened[-1]

    yield load
    for each in opened:
        each.dispose()
