"""Publishing is the worker's: who signs, confirms or reads an appeal waits for no statement of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.clock import FixedClock
from service.publishing.checkpoint import publish
from service.store.database import Database
from service.store.tables import checkpoint, shown, witness
from tests.installation import REF, Installation, install

PUBLISHING = re.compile(rf"\b({checkpoint.name}|{shown.name}|{witness.name}|read_leaf|read_node)\b")
FRESHNESS = "SELECT (SELECT max(id) FROM event)"  # is the kept page still right? asked once, published or not


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with an open appeal, on each kind of database."""
    found = install(database, tmp_path, clock)
    yield found
    found.services.database.dispose()


def statements(installation: Installation, email: str) -> list[str]:
    """Let somebody sign and confirm and somebody read the appeal; return what was asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        assert installation.signs(email).status_code == 303
        installation.confirms(email)
        assert installation.client().get(f"/en/c/{REF}").status_code == 200
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
    return [one for one in asked if not one.startswith(FRESHNESS)]


def test_signing_confirming_and_reading_ask_nothing_of_publishing(installation: Installation) -> None:
    before = statements(installation, "ada@example.org")
    installation.records()
    publish(installation.services.database, installation.services.keys, installation.services.policy)
    after = statements(installation, "ben@example.org")
    assert len(after) > 10
    assert [one for one in (*before, *after) if PUBLISHING.search(one)] == []
