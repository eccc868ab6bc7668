"""The web server's worker: no client holds it by being slow, neither with its request nor in taking the answer."""

from __future__ import annotations

from typing import Any

from gunicorn.workers.base_async import AsyncWorker
from gunicorn.workers.ggevent import GeventWorker

ANSWER_MAX_S = 120  # for a client to take an answer: the largest letters still arrive at 50 kB/s


class WebWorker(GeventWorker):  # type: ignore[misc]
    """gunicorn's gevent worker with a limit on silent sockets.

    A request's head has `keepalive` seconds (`timeout_ctx`), its body `slow_bodies.BODY_MAX_S`; this is for the rest.
    """

    def handle(self, listener: Any, client: Any, address: Any) -> None:
        """Serve a connection. gunicorn's own method takes every time limit off the socket first."""
        client.settimeout(ANSWER_MAX_S)
        AsyncWorker.handle(self, listener, client, address)
