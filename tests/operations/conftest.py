"""Installations that are closed when their test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.clock import FixedClock
from service.desk.accounts import sealed_person
from service.desk.tables import account
from service.operations.rewrapping import Rotation
from service.store.database import Database
from tests.installation import Installation, install
from tests.operations.rotations import again

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


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Return the folder of the key files' copies."""
    folder = tmp_path / "copies"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def rotation(installation: Installation, tmp_path: Path, copies: Path) -> Rotation:
    """Return a rotation over two people who have joined, a form that waits with its mail, and an account."""
    for name in ("ada", "bob", "cyd"):
        installation.signs(f"{name}@example.org")
        if name != "cyd":
            installation.confirms(f"{name}@example.org")
    installation.records()
    services = installation.services
    with services.database.write() as connection:
        row = {"id": "a_1", "name": "ada", "state": "active", "password": ""}
        person = sealed_person(services.keys, "a_1", {"person": "Ada", "email": "a@example.org", "totp": "s"})
        connection.execute(sa.insert(account).values(**row, **person))
    return again(installation, tmp_path)
