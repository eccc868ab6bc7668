"""kill -9 of web and worker under load: every acknowledged signature is in the log once, and counted once.

The short form kills twice on each database; `FAULT_ROUNDS=10 ./petition test tests/faults` is the full one.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.clock import FixedClock, SystemClock
from service.signatures.fingerprint import token
from service.store.database import Database
from service.vault.campaign_keys import campaign_keys
from tests.faults.server import Crowd, Server, is_settled, wait_until
from tests.installation import Installation, environ_for, install

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "2"))
PEOPLE = 40  # in each round
KILL_AFTER = 12  # confirmations, somewhere in the middle of a round


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Iterator[Installation]:
    """Return an installation by the machine's own clock, as its processes have it."""
    found = install(database, tmp_path, FixedClock(SystemClock().now()))
    yield found
    found.services.database.dispose()


@pytest.fixture
def server(installation: Installation, database: Database, tmp_path: Path) -> Iterator[Server]:
    """Return its web server and worker, running."""
    found = Server(environ_for(database, tmp_path), tmp_path)
    found.start()
    yield found
    found.processes.stop()


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_counted_twice(installation: Installation, server: Server) -> None:
    crowd = Crowd(server, installation.mail_folder)
    for number in range(ROUNDS):
        emails = [f"person{number}x{i}@example.org" for i in range(PEOPLE)]
        killed_while(server, lambda e=emails: crowd.at_once([(one,) for one in e]), lambda: len(crowd.signed))
        server.start()
        wait_until(lambda: set(crowd.signed) <= set(crowd.links()), "every acknowledged form to be mailed")
        links = crowd.links()
        jobs = [(one, links[one]) for one in crowd.signed if one not in crowd.confirmed]
        killed_while(server, lambda j=jobs: crowd.at_once(j), lambda: len(crowd.confirmed))
        server.start()
    assert len(crowd.confirmed) >= ROUNDS * KILL_AFTER
    wait_until(lambda: is_settled(installation), "the worker to append and count everything")
    assert_acknowledged_once(installation, crowd)


def killed_while(server: Server, work: object, done: object) -> None:
    """Run `work` in the background and kill the server once some of it was acknowledged."""
    before = done()  # type: ignore[operator]
    thread = threading.Thread(target=work)  # type: ignore[arg-type]
    thread.start()
    pause = threading.Event()
    while thread.is_alive() and done() - before < KILL_AFTER:  # type: ignore[operator]
        pause.wait(0.005)
    server.kill()
    thread.join()


def assert_acknowledged_once(installation: Installation, crowd: Crowd) -> None:
    services = installation.services
    with services.database.read() as connection:
        ((campaign, key),) = campaign_keys(connection, services.keys).items()
    entries = [e for e in services.log.entries(0, 100_000) if e.topic == "signature.recorded"]
    in_log = Counter(entry.stream for entry in entries)
    promised = {token(key, campaign, email) for email in crowd.confirmed}
    assert promised <= set(in_log), "an acknowledged signature is missing"
    assert set(in_log.values()) == {1}
    assert installation.count()["active"] == len(in_log)
