"""What happens to the database: stopped, killed, without connections, failed over, silent, locked."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack

import psycopg

from tests.faults.load import Load
from tests.faults.scene import Scene
from tests.faults.server import wait_until
from tests.faults.standby import address, children, kill_cluster, postmaster, start_again

SERVED = 5  # people who go on meanwhile


def stopped(scene: Scene, _load: Load) -> None:
    """The server is stopped, and started once every node has said so."""
    assert scene.pair is not None
    scene.pair.primary.stop()
    scene.wait_for_readiness(503)
    scene.pair.primary.start()


def restarted(scene: Scene, _load: Load) -> None:
    """The server is restarted without a pause."""
    assert scene.pair is not None
    scene.pair.primary.stop()
    scene.pair.primary.start()


def killed(scene: Scene, _load: Load) -> None:
    """All the server's processes are killed at once; it recovers from its log."""
    assert scene.pair is not None
    kill_cluster(scene.pair.primary)
    start_again(scene.pair.primary)


def connection_killed(scene: Scene, _load: Load) -> None:
    """One of its processes is killed: the server ends all connections and recovers by itself."""
    assert scene.pair is not None
    with psycopg.connect(address(scene.pair.primary), autocommit=True) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)


def out_of_connections(scene: Scene, _load: Load) -> None:
    """Somebody else takes every connection, and those of the service are ended."""
    assert scene.pair is not None
    where = address(scene.pair.primary)
    ends = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'undersigned-%'"
    with ExitStack() as stack:
        first = stack.enter_context(psycopg.connect(where, autocommit=True))

        def is_taken() -> bool:
            first.execute(ends)
            try:
                while True:
                    stack.enter_context(psycopg.connect(where, autocommit=True))
            except psycopg.OperationalError:
                return all(node.visitor.get("/readyz").status == 503 for node in scene.nodes)

        wait_until(is_taken, "the nodes to find no connection")


def fails_over(scene: Scene, load: Load) -> None:
    """The primary loses power; its synchronous standby takes its place, and nothing is restarted or told."""
    assert scene.pair is not None
    scene.pair.makes_standby()
    load.waits_for(SERVED)
    scene.pair.fails_over()


def stands_still(scene: Scene, _load: Load) -> None:
    """The server's processes are stopped where they are: it takes statements and answers none."""
    assert scene.pair is not None
    first = postmaster(scene.pair.primary)
    stopped_ones = [first, *children(first)]
    for pid in stopped_ones:
        os.kill(pid, signal.SIGSTOP)
    try:
        scene.wait_for_readiness(503)
        scene.refuses_to_sign(scene.nodes[0])
    finally:
        for pid in stopped_ones:
            os.kill(pid, signal.SIGCONT)


def reset(scene: Scene, load: Load) -> None:
    """The first node's network resets every connection to the database; the other goes on."""
    for proxy in scene.proxies:
        proxy.resets()
    _is_away_from_one(scene, load)


def silent(scene: Scene, load: Load) -> None:
    """The first node's network drops all packets to the database; the other goes on."""
    for proxy in scene.proxies:
        proxy.is_silent()
    _is_away_from_one(scene, load)


def _is_away_from_one(scene: Scene, load: Load) -> None:
    try:
        scene.wait_for_readiness(503, scene.nodes[:1])
        scene.refuses_to_sign(scene.nodes[0])
        scene.claims_end()
        load.waits_for(SERVED)
    finally:
        for proxy in scene.proxies:
            proxy.flows()


def lock_file_held(scene: Scene, _load: Load) -> None:
    """Another process holds the lock on which writers queue, and gives it back once people were told."""
    path = scene.installation.services.database.path
    holds = (
        "import fcntl, sys; file = open(sys.argv[1], 'rb'); fcntl.flock(file, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holds, f"{path}.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        scene.refuses_to_sign(scene.nodes[0])


def file_locked(scene: Scene, _load: Load) -> None:
    """Another program writes to the SQLite file, and is done once people were told."""
    connection = sqlite3.connect(str(scene.installation.services.database.path), isolation_level=None, timeout=60)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        scene.refuses_to_sign(scene.nodes[0])
        connection.execute("ROLLBACK")
    finally:
        connection.close()
