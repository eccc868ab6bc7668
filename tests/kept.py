"""Installations as they were at a moment: made once a session for each kind of database, and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from service.app import build_services, create_app
from service.clock import FixedClock
from service.config import Settings
from service.store.database import Database, open_database
from tests.installation import Installation, environ_for

Told = dict[str, Any]
"""What a test has to know of an installation that others made: secrets, addresses, ids."""


@dataclass(frozen=True)
class Moment:
    """An installation that nobody uses any more: its folder, the time there, and what is told of it.

    `source`: a copy of the SQLite file, or the name of a PostgreSQL database.
    """

    folder: Path
    source: str
    now: datetime
    told: Told


@dataclass
class Kept:
    """Keeps moments for a session, and lends copies of them."""

    request: pytest.FixtureRequest
    folder: Path
    moments: dict[str, Moment] = field(default_factory=dict)

    @contextmanager
    def lent(
        self, name: str, folder: Path, make: Callable[[], tuple[Installation, Told]]
    ) -> Iterator[tuple[Installation, Told]]:
        """Lend a copy of a moment; the first time, `make` brings it about and gives the installation up."""
        if name not in self.moments:
            self.moments[name] = self._keep(name, *make())
        moment = self.moments[name]
        copy = self._copy(moment, folder / name)
        yield copy, deepcopy(moment.told)
        database = copy.services.database
        database.dispose()
        if database.path is None:
            self._cluster.drop(_name(database))

    def _keep(self, name: str, made: Installation, told: Told) -> Moment:
        database, place = made.services.database, self.folder / name
        if database.path is not None:
            with database.engine.connect() as connection:  # the copy is of one file
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.dispose()  # PostgreSQL copies what nobody is connected to
        shutil.copytree(made.mail_folder.parent, place, ignore=shutil.ignore_patterns("undersigned.db*"))
        if database.path is not None:
            source = str(shutil.copy(database.path, self.folder / f"{name}.db"))
        else:
            source = self._cluster.create(_name(database))
        return Moment(place, source, made.clock.moment, told)

    def _copy(self, moment: Moment, folder: Path) -> Installation:
        shutil.copytree(moment.folder, folder)
        settings = Settings.from_environment(environ_for(self._database(moment, folder), folder))
        clock = FixedClock(moment.now)
        services = replace(build_services(settings), clock=clock)
        return Installation(services, create_app(services), clock, folder / "mail")

    def _database(self, moment: Moment, folder: Path) -> Database:
        if moment.source.endswith(".db"):
            return open_database(f"sqlite:///{shutil.copy(moment.source, folder / 'undersigned.db')}")
        return open_database(self._cluster.url(self._cluster.create(moment.source)))

    @property
    def _cluster(self) -> Any:
        return self.request.getfixturevalue("cluster")


def _name(database: Database) -> str:
    return database.url.rpartition("/")[2]
