"""Serves a witness over HTTP with the standard library; a client that is slow or endless costs one thread, briefly."""

from __future__ import annotations

import re
import socket
import sqlite3
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from service.audit.witness_rules import Answer, Witness

DEADLINE_S = 10.0  # for a whole connection, however it is spent
CLIENTS_MAX = 64  # connections at once; more are closed at once
BODY_MAX_BYTES = 64 * 1024  # docs/log_format.md section 4
_LAST = re.compile("/([0-9a-f]{64})/checkpoint", re.ASCII)


class WitnessServer(ThreadingHTTPServer):
    """Listens at an address (host, port) until `shutdown` is called; what was begun is then finished."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], witness: Witness, deadline_s: float = DEADLINE_S) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.witness = witness
        self.deadline_s = deadline_s
        self._free = threading.BoundedSemaphore(CLIENTS_MAX)
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without asking the name service what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection, or close it if too many are open."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection and give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong, and nothing about who asked."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):  # a client that went away is no news
            print(f"a request failed: {type(error).__name__}", file=sys.stderr, flush=True)


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    server_version, sys_version = "undersigned-witness", ""

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(self.server.deadline_s)
        self._deadline = threading.Timer(self.server.deadline_s, self._cut)
        self._deadline.daemon = True
        self._deadline.start()

    def finish(self) -> None:
        self._deadline.cancel()
        super().finish()

    def do_POST(self) -> None:
        if self.path != "/add-checkpoint":
            self._send(Answer(404, b"checkpoints are sent to /add-checkpoint\n"))
            return
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,9}", length, re.ASCII):
            self._send(Answer(411, b"say the body's length\n"))
        elif int(length) > BODY_MAX_BYTES:
            self._send(Answer(413, b"a request has at most 65536 bytes\n"))
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                self._answer(lambda witness: witness.add_checkpoint(body))

    def do_GET(self) -> None:
        digest = _LAST.fullmatch(self.path)
        if digest is None:
            self._send(Answer(404, b"there is /<SHA-256 of an origin, in hex>/checkpoint\n"))
        else:
            self._answer(lambda witness: witness.last_checkpoint(digest[1]))

    def _answer(self, ask: Any) -> None:
        try:
            answer = ask(self.server.witness)
        except sqlite3.Error as error:
            print(f"the state cannot be used: {error}", file=sys.stderr, flush=True)
            answer = Answer(503, b"the witness cannot store anything just now\n")
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _cut(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: who asks is nobody's business, and what is cosigned stands in the state."""
