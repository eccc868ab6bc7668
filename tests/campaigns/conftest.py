"""An installation with the example appeal open, a folder to break, and campaigns without the web in between."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.store.database import Database
from tests.installation import EXAMPLE, Installation, install
from tests.signatures.conftest import at_risk, keys, signing

__all__ = ["at_risk", "folder", "installation", "keys", "signing"]


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with the example appeal open, on each kind of database."""
    found = install(database, tmp_path, clock)
    yield found
    found.services.database.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the example appeal that a test may break."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "appeal"))
