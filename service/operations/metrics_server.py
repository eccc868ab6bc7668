"""Hands out the metrics on a port of their own, from whichever process of the server has it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from flask import Flask, g, request

from service.app import Services
from service.errors import PetitionError
from service.operations.figures import read_figures
from service.operations.metrics import Board, Metrics, Values, rendered, total, without_gauges
from service.store.group_commit import Writer
from service.web.kept import KeptPages

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
EVERY_S = 1.0
TOLD = (
    "recorder_waiting", "projections_behind", "publisher_behind", "outbox_queued", "outbox_dead", "log_size",
)  # fmt: skip


class Exporter:
    """Writes this process's values to the board each second, and answers scrapes if it has the port."""

    def __init__(self, services: Services, metrics: Metrics, board: Board, slot: int) -> None:
        self._services = services
        self._metrics = metrics
        self._board = board
        self._slot = slot
        self._before = without_gauges(board.read(slot))  # of a process that ended
        self._server: ThreadingHTTPServer | None = None

    def run(self, stop: threading.Event, gauges: Callable[[], None] = lambda: None) -> None:
        """Repeat until `stop` is set; whoever has no port tries to get it, should its holder have ended."""
        while not stop.is_set():
            gauges()
            self._board.write(self._slot, self._own())
            if self._server is None:
                self.serve()
            stop.wait(EVERY_S)
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def serve(self) -> None:
        """Begin to answer scrapes, unless somebody else does."""
        listen = self._services.settings.metrics_listen
        assert listen is not None
        try:
            self._server = _Server(listen, _handler(self.text))
        except OSError:
            return
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def text(self) -> str:
        """Return the metrics of all processes, with what the database says now."""
        parts = self._board.read_all()
        parts[self._slot] = self._own()
        return rendered(total([*parts, self._of_database()]))

    def _own(self) -> Values:
        return total([self._before, self._metrics.values.copy()])

    def _of_database(self) -> Values:
        try:
            with self._services.database.read() as connection:
                found = asdict(read_figures(connection, self._services.clock.now()))
        except PetitionError:
            return {("undersigned_database_up", ()): 0.0}
        told: Values = {(f"undersigned_{name}", ()): float(found[name]) for name in TOLD}
        late: Values = {("undersigned_outbox_late_seconds", ()): float(found["outbox_late_s"])}
        return told | late | {("undersigned_database_up", ()): 1.0}


def start_exporter(app: Flask, board: Board, slot: int) -> None:
    """Begin to hand out the metrics of a web process, if the settings say where."""
    services: Services = app.extensions["undersigned"]
    if services.settings.metrics_listen is None:
        return
    metrics: Metrics = app.extensions["metrics"]
    exporter = Exporter(services, metrics, board, slot)
    gauges = web_gauges(app, metrics, services.writer)
    threading.Thread(target=exporter.run, args=(threading.Event(), gauges), daemon=True).start()


def measure_requests(app: Flask, metrics: Metrics) -> None:
    """Count the app's requests by route pattern, method and status; needs `log_requests` for the time."""

    @app.after_request
    def count(response: Any) -> Any:
        route = request.url_rule.rule if request.url_rule else "none"
        labels = {"route": route, "method": _method(), "status": str(response.status_code)}
        metrics.add("undersigned_requests_total", labels=labels)
        now = time.monotonic()
        metrics.observe("undersigned_request_seconds", now - g.get("started", now), {"route": route})
        return response


def web_gauges(app: Flask, metrics: Metrics, writer: Writer) -> Callable[[], None]:
    """Return a function that brings what is not counted as it happens up to date."""
    kept: KeptPages = app.extensions["kept_pages"]

    def update() -> None:
        metrics.set("undersigned_queue_units", writer.waits)
        metrics.set("undersigned_pages_from_memory_total", kept.from_memory)
        metrics.set("undersigned_pages_made_total", kept.rendered)

    return update


def _method() -> str:
    return request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True  # not reuse_port: one process has it


def _handler(text: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5  # seconds for a scraper that does not speak

        def do_GET(self) -> None:
            body = text().encode() if self.path == "/metrics" else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing: who scrapes is no matter of ours."""

    return Handler
