"""`/readyz` tells a load balancer the truth; `/healthz` only that the process lives."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from service.operations import readiness
from service.operations.readiness import add_readiness
from service.store.group_commit import Writer
from service.web.fresh import Fresh
from tests.installation import Installation


@pytest.fixture
def balancer(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return a load balancer that gets a fresh answer each time."""
    monkeypatch.setattr(readiness, "Fresh", lambda _age: Fresh(0))
    add_readiness(installation.app, installation.services)
    return installation.client()


def change(installation: Installation, statement: str) -> None:
    with installation.services.database.write() as connection:
        connection.exec_driver_sql(statement)


def test_a_sound_process_is_ready(balancer: FlaskClient) -> None:
    answer = balancer.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE alembic_version SET version_num = '0000'", "petition prepare"),
        ("UPDATE read_progress SET position = position + 1", "rolled back"),
        ("INSERT INTO checkpoint (id, size, root, note) VALUES (1, 999, '', '')", "rolled back"),
    ],
)
def test_what_is_wrong_with_the_database_takes_it_out(
    balancer: FlaskClient, installation: Installation, statement: str, says: str
) -> None:
    change(installation, statement)
    answer = balancer.get("/readyz")
    assert answer.status_code == 503
    assert says in answer.text
    assert answer.headers["Retry-After"] == "5"
    assert balancer.get("/healthz").status_code == 200


def test_a_full_queue_takes_it_out_until_it_is_empty(balancer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Writer, "is_full", True)
    assert "queue" in balancer.get("/readyz").text
    monkeypatch.setattr(Writer, "is_full", False)
    assert balancer.get("/readyz").status_code == 200
