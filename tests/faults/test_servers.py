"""Servers start only on a database that they know, share one, and stop when told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.clock import FixedClock, SystemClock
from service.operations.demo_visitor import Visitor
from service.operations.processes import TOP
from service.store.database import Database
from tests.faults.server import Crowd, Server, is_settled, wait_until
from tests.installation import Installation, environ_for, install

pytestmark = pytest.mark.slow


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Iterator[Installation]:
    """Return an installation by the machine's own clock, as its processes have it."""
    found = install(database, tmp_path, FixedClock(SystemClock().now()))
    yield found
    found.services.database.dispose()


def run(arguments: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environ = environ | {"PYTHONPATH": str(TOP), "PATH": os.defpath}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=TOP, env=environ, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("arguments", [["service.cli", "work"], ["gunicorn", "--check-config", "wsgi:app"]])
def test_they_refuse_an_unprepared_database_and_say_what_to_run(
    installation: Installation, tmp_path: Path, arguments: list[str]
) -> None:
    environ = environ_for(installation.services.database, tmp_path)
    finished = run(arguments, environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/nothing.db"})
    assert finished.returncode != 0
    assert "petition prepare" in finished.stdout + finished.stderr
    assert not (tmp_path / "nothing.db").exists()


def test_two_servers_on_one_database_lose_and_double_nothing(
    installation: Installation, database: Database, tmp_path: Path
) -> None:
    environ = environ_for(database, tmp_path)
    servers = [Server(environ, tmp_path / name) for name in ("one", "two")]
    for server in servers:
        server.start()
    try:
        crowds = [Crowd(server, installation.mail_folder) for server in servers]
        emails = [f"shared{number}@example.org" for number in range(24)]
        with ThreadPoolExecutor(8) as pool:  # everybody signs at both servers at once
            list(pool.map(lambda job: job[0].sign(job[1]), [(crowd, email) for email in emails for crowd in crowds]))
        assert [len(crowd.signed) for crowd in crowds] == [24, 24]
        wait_until(lambda: set(emails) <= set(crowds[0].links()), "the mails")
        links = crowds[0].links()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda job: job[0].confirm(job[1], links[job[1]]), [(c, e) for e in emails for c in crowds]))
        assert [len(crowd.confirmed) for crowd in crowds] == [24, 24]
        wait_until(lambda: is_settled(installation), "the worker")
    finally:
        for server in servers:
            server.processes.stop()
    topics = Counter(entry.topic for entry in installation.services.log.entries(0, 1000))
    assert topics["signature.recorded"] == 24
    assert installation.count()["active"] == 24


def test_they_stop_cleanly_when_told_to(installation: Installation, database: Database, tmp_path: Path) -> None:
    server = Server(environ_for(database, tmp_path), tmp_path)
    server.start()
    assert Visitor(server.address.base_url).get("/healthz").status == 200
    said = tmp_path / "logs" / "worker.log"
    wait_until(lambda: "worker_started" in said.read_text(), "the worker to start")
    processes = dict(server.processes.running)
    for process in processes.values():
        process.send_signal(signal.SIGTERM)
    assert {name: process.wait(60) for name, process in processes.items()} == {"web": 0, "worker": 0}
