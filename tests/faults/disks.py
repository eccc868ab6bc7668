"""Full disks: of the database, of the mail folder, of the folder with the processes' own logs."""

from __future__ import annotations

from tests.faults.load import Load
from tests.faults.scene import Scene
from tests.faults.server import wait_until
from tests.faults.small_disk import NoGrowth, SmallDisk
from tests.faults.standby import children, postmaster, start_again


def database_full(scene: Scene, _load: Load) -> None:
    """Nothing more fits on the database's disk: forms are refused; then there is space again."""
    if scene.pair is not None:
        first = postmaster(scene.pair.primary)
        disk: SmallDisk | NoGrowth = NoGrowth([first, *children(first)])
    else:
        disk = scene.disks.get("data") or NoGrowth(_processes(scene))
    disk.fill()
    try:
        wait_until(lambda: scene.tries_to_sign(scene.nodes[0]) == 503, "a form to be refused")
    finally:
        disk.free()
    if scene.pair is not None and _has_ended(scene):
        start_again(scene.pair.primary)  # it ends if it cannot write its log, and whoever watches starts it


def mail_full(scene: Scene, _load: Load) -> None:
    """No mail can be written: forms are taken all the same, and mailed once there is space."""
    disk = scene.disks.get("mail") or NoGrowth([node.processes.running["worker"].pid for node in scene.nodes])
    disk.fill()
    try:
        # a stranger's: those who sign here may all be waiting for their mail by now
        wait_until(lambda: scene.tries_to_sign(scene.nodes[0]) == 200, "a form to be taken")
        wait_until(lambda: scene.has_failed_mail(), "the worker to fail to write mail")
    finally:
        disk.free()


def log_full(scene: Scene, load: Load) -> None:
    """The processes cannot write their own logs: people sign as before."""
    disk = scene.disks.get("logs")
    if disk is None:
        load.waits_for(5)  # tests/operations/test_full_log_disk.py shows it for one process, on any machine
        return
    disk.fill()
    try:
        for node in scene.nodes:
            node.visitor.get("/nothing-here")  # leaves a line
        load.waits_for(8)
    finally:
        disk.free()


def _processes(scene: Scene) -> list[int]:
    firsts = [process.pid for node in scene.nodes for process in node.processes.running.values()]
    return [*firsts, *(child for first in firsts for child in children(first))]


def _has_ended(scene: Scene) -> bool:
    assert scene.pair is not None
    try:
        children(postmaster(scene.pair.primary))
    except OSError:
        return True
    return False
