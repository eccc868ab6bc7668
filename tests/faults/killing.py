"""kill -9 of each kind of process while people sign."""

from __future__ import annotations

import os
import signal
import threading

import psycopg

from service.store.roles import ROLES, _key
from tests.faults.load import Load
from tests.faults.scene import Scene
from tests.faults.server import Server, wait_until
from tests.faults.standby import address, children
from tests.ports import is_listening

HOLDER = """
    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted
"""


def kill_web_worker(scene: Scene, _load: Load) -> None:
    """One of the processes that answer; its master starts another."""
    master = scene.nodes[0].processes.running["web"].pid
    victim = children(master)[0]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in children(master) and len(children(master)) > 1, "gunicorn to start another")


def kill_web_master(scene: Scene, _load: Load) -> None:
    """The process that holds the web server together; whoever watches it starts another."""
    _kill(scene.nodes[0], "web")
    _restart(scene.nodes[0], "web")


def kill_worker(scene: Scene, load: Load) -> None:
    """A worker, at any moment."""
    _kill(scene.nodes[0], "worker")
    scene.claims_end()  # all who sign may wait for what it had claimed
    if len(scene.nodes) > 1:
        load.waits_for(4)  # the other node's does the work
    _restart(scene.nodes[0], "worker")


def kill_recorder(scene: Scene, load: Load) -> None:
    """The worker that records just now."""
    _kill_holder(scene, load, "recorder")


def kill_projections(scene: Scene, load: Load) -> None:
    """The worker that counts just now."""
    _kill_holder(scene, load, "projections")


def kill_publisher(scene: Scene, load: Load) -> None:
    """The worker that signs the log just now."""
    _kill_holder(scene, load, "publisher")


def kill_mailer(scene: Scene, load: Load) -> None:
    """A worker while mail waits to be sent by it."""
    from service.store.tables import outbox

    wait_until(lambda: scene.installation.rows(outbox) > 0, "mail to wait")
    kill_worker(scene, load)


def kill_everything(scene: Scene, _load: Load) -> None:
    """All processes of all nodes at once, as a power cut would."""
    for node in scene.nodes:
        node.kill()
    for node in scene.nodes:
        node.start()


def holder(scene: Scene, role: str) -> int:
    """Wait until a worker holds a role, and return its process."""
    assert scene.pair is not None
    with psycopg.connect(address(scene.pair.primary), autocommit=True) as connection:
        for _ in range(1_000_000):
            row = connection.execute(HOLDER, (ROLES, _key(role))).fetchone()
            if row is not None and row[0]:
                return int(row[0].rsplit("-", 1)[1])
    raise AssertionError(f"nobody takes the role {role}")


def restart_worker(node: Server) -> None:
    """Kill a node's worker and start another."""
    _kill(node, "worker")
    _restart(node, "worker")


def _kill_holder(scene: Scene, load: Load, role: str) -> None:
    pid = holder(scene, role) if scene.pair else scene.nodes[0].processes.running["worker"].pid
    node = next(each for each in scene.nodes if each.processes.running["worker"].pid == pid)
    _kill(node, "worker")
    scene.claims_end()
    if len(scene.nodes) > 1:
        load.waits_for(4)  # another takes over before anybody starts this one again
    _restart(node, "worker")


def _kill(node: Server, name: str) -> None:
    process = node.processes.running.pop(name)
    process.kill()
    process.wait()


def _restart(node: Server, name: str) -> None:
    pause = threading.Event()
    if name == "web":
        while is_listening(node.address.port):  # the master's children see that it is gone
            pause.wait(0.01)
        node.processes.start_web(node.address)
    else:
        node.processes.start_worker()
