"""Installations with the example appeal open, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.store.database import Database
from tests.installation import Installation, install


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation whose campaign is ordinary."""
    found = install(database, tmp_path, clock)
    yield found
    found.services.database.dispose()


@pytest.fixture
def at_risk(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation whose campaign is at risk and forgets who signed."""
    found = install(database, tmp_path, clock, at_risk=True)
    yield found
    found.services.database.dispose()
