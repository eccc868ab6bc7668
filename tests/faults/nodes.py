"""What happens to the machines: a worker that stands still, a clock that jumps, floods beside honest people."""

from __future__ import annotations

import http.client
import os
import signal
import threading
from urllib.parse import urlencode

from tests.faults.killing import holder
from tests.faults.load import Load
from tests.faults.scene import Scene
from tests.faults.server import GONE, wait_until
from tests.installation import CONSENTED, REF

HOUR_S = 3600
FLOOD = 30  # posts of each kind
TOO_MUCH = 200_000  # bytes


def paused(scene: Scene, _load: Load) -> None:
    """The worker that records stands still until another has taken its role and done its work, then goes on."""
    pid = holder(scene, "recorder") if scene.pair else scene.nodes[0].processes.running["worker"].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        before = scene.recorded()
        if scene.pair:
            scene.claims_end()  # all who sign may wait for mail that it had claimed
            wait_until(lambda: scene.recorded() > before, "another worker to take the role")
        else:  # the only one: forms are taken all the same, or refused in words if it holds the turn to write
            assert scene.tries_to_sign(scene.nodes[0]) in (200, 503)
    finally:
        os.kill(pid, signal.SIGCONT)


def clock_forward(scene: Scene, load: Load) -> None:
    """The clock is an hour ahead, and then right again."""
    _jumps(scene, load, HOUR_S)


def clock_back(scene: Scene, load: Load) -> None:
    """The clock is an hour behind, and then right again."""
    _jumps(scene, load, -HOUR_S)


def _jumps(scene: Scene, load: Load, seconds: int) -> None:
    scene.clock_goes(seconds)
    load.waits_for(3)
    scene.clock_goes(-seconds)


def flooded(scene: Scene, load: Load) -> None:
    """Strangers send the same address again and again, nonsense, and far too much, as fast as they can."""
    strangers = [threading.Thread(target=_floods, args=(scene, kind)) for kind in ("same", "nonsense", "huge")]
    for stranger in strangers:
        stranger.start()
    load.waits_for(5)
    for stranger in strangers:
        stranger.join()


def _floods(scene: Scene, kind: str) -> None:
    visitor = scene.nodes[0].visitor
    page = visitor.get(f"/en/c/{REF}/sign")
    values = page.form(with_field="full_name").values | CONSENTED
    bodies = {
        "same": urlencode(values | {"full_name": "Made-up Stranger", "email": f"{kind}@example.org"}),
        "nonsense": urlencode({"full_name": "\0" * 50, "email": "x", "\x7f": "1"}),
        "huge": "x" * TOO_MUCH,
    }
    wanted = {"same": (303,), "nonsense": (400, 422), "huge": (413,)}[kind]
    for _ in range(FLOOD):
        status = _posts(scene, bodies[kind])
        assert status is None or status in (*wanted, 503), f"{kind}: {status}"


def _posts(scene: Scene, body: str) -> int | None:
    address = scene.nodes[0].address
    connection = http.client.HTTPConnection(address.host, address.port, timeout=60)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"/en/c/{REF}/sign", body, headers)
        return connection.getresponse().status
    except GONE:
        return None  # the server closes before it has read all that is too much
    finally:
        connection.close()
