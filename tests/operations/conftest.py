"""Installations that are closed when their test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.store.database import Database
from tests.installation import Installation, install

Installs = Callable[..., Installation]


@pytest.fixture
def installs(tmp_path: Path, clock: FixedClock) -> Iterator[Installs]:
    """Return a function that installs the service over a database, with changed settings if need be."""
    made: list[Installation] = []

    def install_over(database: Database, **changed: str) -> Installation:
        made.append(install(database, tmp_path, clock, at_risk=False, **changed))
        return made[-1]

    yield install_over
    for each in made:
        each.services.database.dispose()


@pytest.fixture
def installation(database: Database, installs: Installs) -> Installation:
    """Return an installation with an open appeal, on each kind of database."""
    return installs(database)
