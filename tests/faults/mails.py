"""A mail server that is dead, refuses, or takes its time: forms are taken as before, and mailed later."""

from __future__ import annotations

from tests.faults.load import Load
from tests.faults.scene import Scene
from tests.faults.server import wait_until

LATER_S = 1500  # after which every message that failed twice is due again


def dead(scene: Scene, load: Load) -> None:
    """Nobody answers at its port."""
    (way,) = scene.proxies
    way.resets()
    _is_taken_all_the_same(scene, load)
    way.flows()
    scene.clock_goes(LATER_S)


def refuses(scene: Scene, load: Load) -> None:
    """It refuses every message for now, as one does that does not know us yet."""
    assert scene.mailroom.server is not None
    scene.mailroom.server.behaves(data="451 later")
    _is_taken_all_the_same(scene, load)
    scene.mailroom.server.behaves()
    scene.clock_goes(LATER_S)


def slow(scene: Scene, load: Load) -> None:
    """It takes a message and does not say so for long: meanwhile people send forms, and pages are shown."""
    server = scene.mailroom.server
    assert server is not None
    server.behaves(holds="reply")
    assert server.reached.wait(60)
    assert scene.tries_to_sign(scene.nodes[0]) == 200
    server.holds = ""
    server.may_go_on.set()
    load.waits_for(1)


def _is_taken_all_the_same(scene: Scene, _load: Load) -> None:
    assert scene.tries_to_sign(scene.nodes[0]) == 200
    wait_until(scene.has_failed_mail, "the worker to try in vain")
