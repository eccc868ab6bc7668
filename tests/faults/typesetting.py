"""What happens to the process that typesets: killed, or out of memory. The worker that started it goes on."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from service.letters.sheet import KIND
from service.letters.typesetting import CHILD
from service.store.tables import campaign_text
from tests.faults.killing import restart_worker
from tests.faults.load import Load
from tests.faults.scene import Scene
from tests.faults.server import wait_until


def killed(scene: Scene, load: Load) -> None:
    """kill -9."""
    _happens(scene, load, lambda pid: os.kill(pid, signal.SIGKILL))


def out_of_memory(scene: Scene, load: Load) -> None:
    """It has all the memory that it will get, and asks for more."""
    _happens(scene, load, lambda pid: resource.prlimit(pid, resource.RLIMIT_AS, (1, 1)))


def _happens(scene: Scene, load: Load, act: Callable[[int], object]) -> None:
    """Let the sheets for paper be made anew, and break one; the others are made, and the broken one at the next try."""
    node = scene.nodes[0]
    wait_until(lambda: _sheets(scene, made=True) and not _sheets(scene, made=False), "the sheets to be made")
    outdate = sa.update(campaign_text).where(campaign_text.c.kind == KIND).values(translates="")
    with scene.installation.services.database.write() as connection:
        connection.execute(outdate)
    restart_worker(node)  # it looks for them at its start, and then twice a minute
    workers = [each.processes.running["worker"] for each in scene.nodes]
    pids = [worker.pid for worker in workers]
    wait_until(lambda: _acts_on_first(pids, act), "a worker to typeset", pause_s=0.005)
    wait_until(lambda: _sheets(scene, made=False) == 1, "the other sheets to be made")
    load.waits_for(1)
    assert [worker.poll() for worker in workers] == [None] * len(workers)
    restart_worker(node)
    wait_until(lambda: not _sheets(scene, made=False), "the broken sheet to be made")


def _sheets(scene: Scene, *, made: bool) -> int:
    is_old = campaign_text.c.translates == ""
    chosen = sa.select(sa.func.count()).where(campaign_text.c.kind == KIND, ~is_old if made else is_old)
    with scene.installation.services.database.read() as connection:
        return int(connection.execute(chosen).scalar_one())


def _acts_on_first(workers: list[int], act: Callable[[int], object]) -> bool:
    """Do it to the first process found that typesets for one of these workers, and return whether there was one."""
    for worker in workers:
        for threads in Path(f"/proc/{worker}/task").glob("*/children"):  # each thread has its own
            for pid in map(int, threads.read_text().split()):
                if _is_typesetter(pid):
                    act(pid)
                    return True
    return False


def _is_typesetter(pid: int) -> bool:
    try:
        return os.fsencode(str(CHILD)) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
