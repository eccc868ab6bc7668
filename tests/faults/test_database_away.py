"""PostgreSQL stops and starts again: pages from memory say so, nobody signs meanwhile, and no process is restarted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.clock import FixedClock, SystemClock
from service.store.database import open_database
from service.store.replica import Replica
from service.store.schema import prepare_schema
from tests.faults.server import Crowd, Server, is_settled, wait_until
from tests.installation import REF, Installation, environ_for, install
from tests.postgres import Cluster, remove_cluster, start_cluster

NOTICE = "The database cannot be reached just now"
APPEAL = f"/en/c/{REF}"


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """Return a PostgreSQL of this test alone, which it may stop."""
    found = start_cluster()
    yield found
    with contextlib.suppress(RuntimeError):  # it runs
        found.start()
    remove_cluster(found)


@pytest.fixture
def installation(own_cluster: Cluster, tmp_path: Path) -> Iterator[Installation]:
    """Return an installation on it, by the machine's own clock."""
    database = open_database(own_cluster.url(own_cluster.create()))
    prepare_schema(database)
    found = install(database, tmp_path, FixedClock(SystemClock().now()))
    yield found
    found.services.database.dispose()
    database.dispose()


def test_pages_from_memory_say_so_and_signing_is_refused_until_it_is_back(
    installation: Installation, own_cluster: Cluster
) -> None:
    visitor, form = installation.client(), installation.form()
    fresh, count = visitor.get(APPEAL).text, visitor.get(f"/c/{REF}/count.json").get_json()
    own_cluster.stop()
    old = visitor.get(APPEAL)
    assert (old.status_code, NOTICE in old.text, NOTICE in fresh) == (200, True, False)
    assert visitor.get(f"/c/{REF}/count.json").get_json() == count
    assert visitor.get(f"{APPEAL}/letters").status_code == 503  # never asked for before
    refused = installation.posts(form | {"full_name": "Ada Example", "email": "ada@example.org", "consent": "yes"})
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    own_cluster.start()
    assert visitor.get(APPEAL).text == fresh
    assert installation.signs("ada@example.org").status_code == 303


@pytest.mark.slow
def test_web_and_worker_go_on_without_a_restart(
    installation: Installation, own_cluster: Cluster, tmp_path: Path
) -> None:
    server = Server(environ_for(installation.services.database, tmp_path), tmp_path)
    server.start()
    try:
        crowd = Crowd(server, installation.mail_folder)
        crowd.sign("before@example.org")
        wait_until(lambda: "before@example.org" in crowd.links(), "the mail")
        assert {server.visitor.get(APPEAL).status for _ in range(40)} == {200}  # both processes keep it
        pids = {name: process.pid for name, process in server.processes.running.items()}
        own_cluster.stop("immediate")
        assert server.visitor.get("/readyz").status == 503
        assert server.visitor.get("/healthz").status == 200
        assert all(NOTICE in server.visitor.get(APPEAL).body for _ in range(20))
        form = server.visitor.get(f"{APPEAL}/sign")
        assert form.status == 503 or NOTICE in form.body
        own_cluster.start()
        wait_until(lambda: server.visitor.get("/readyz").status == 200, "the web server to see its database again")
        crowd.sign("after@example.org")
        assert crowd.signed == ["before@example.org", "after@example.org"]
        wait_until(lambda: "after@example.org" in crowd.links(), "the worker to send mail again")
        for email in crowd.signed:
            crowd.confirm(email, crowd.links()[email])
        wait_until(lambda: is_settled(installation), "the worker to append and count")
        assert installation.count()["active"] == len(crowd.confirmed) == 2
        server.processes.check()
        assert {name: process.pid for name, process in server.processes.running.items()} == pids
    finally:
        server.processes.stop()


def test_pages_come_from_a_replica_and_from_the_primary_while_it_is_away(
    own_cluster: Cluster, cluster: Cluster, postgresql_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.replica.AGAIN_S", 0.0)
    primary = open_database(cluster.url(cluster.create(postgresql_template)))
    both = Replica(open_database(own_cluster.url(own_cluster.create())), primary)

    def port() -> int:
        with both.read() as connection:
            return int(connection.execute(sa.text("SHOW port")).scalar_one())

    assert port() == own_cluster.port
    own_cluster.stop()
    assert port() == cluster.port
    own_cluster.start()
    assert port() == own_cluster.port
    for database in (both, primary):
        database.dispose()
