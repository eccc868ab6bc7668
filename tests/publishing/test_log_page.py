"""The page `/log/`: the newest checkpoint, the commands that check it, and what happened to the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.operations.incident import report_incident
from service.publishing.checkpoint import publish
from service.store.database import Database
from tests.installation import Installation, install


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with an open appeal, on each kind of database."""
    found = install(database, tmp_path, clock)
    yield found
    found.services.database.dispose()


def page(installation: Installation) -> str:
    installation.services.runner.catch_up()
    answer = installation.client().get("/log/")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_it_shows_the_checkpoint_that_is_served_and_how_to_check_it(installation: Installation) -> None:
    assert "Nothing was published yet" in page(installation)
    publish(installation.services.database, installation.services.keys, installation.services.policy)
    shown = page(installation)
    served = installation.client().get("/log/checkpoint").get_data(as_text=True)
    assert served.strip().replace("+", "&#43;") in shown.replace("+", "&#43;")
    assert "python -m service.audit verify http://localhost/log --policy keys.txt" in shown
    assert "no incident reported" in shown


def test_an_incident_is_told_with_its_report(installation: Installation) -> None:
    services = installation.services
    hashed = report_incident(services.log, "outage", b"A made-up report.", services.clock.now())
    shown = page(installation)
    assert "An incident was reported: the service was not reachable" in shown
    assert f'href="/log/documents/{hashed}"' in shown
    assert "no incident reported" not in shown
