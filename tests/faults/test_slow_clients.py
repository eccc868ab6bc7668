"""Slow and endless clients hold no worker: hundreds of them at once, and everybody else is served."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from service.clock import FixedClock, SystemClock
from service.store.database import Database
from tests.faults.server import Server
from tests.installation import REF, environ_for, install

pytestmark = pytest.mark.slow
SLOW = 300  # connections of each kind
GIVEN_UP_S = 60  # long after every limit; only a failure waits for it
HEAD = b"GET /en/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
FORM = (
    f"POST /en/c/{REF}/sign HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n".encode()
)


@pytest.fixture
def server(sqlite_database: Database, tmp_path: Path) -> Iterator[Server]:
    """Return a running web server of an installation."""
    install(sqlite_database, tmp_path, FixedClock(SystemClock().now())).services.database.dispose()
    found = Server(environ_for(sqlite_database, tmp_path), tmp_path)
    found.processes.start_web(found.address)
    yield found
    found.processes.stop()


def connected(server: Server, stack: ExitStack, first: bytes) -> socket.socket:
    found = stack.enter_context(socket.create_connection((server.address.host, server.address.port), GIVEN_UP_S))
    found.sendall(first)
    return found


def rest(connection: socket.socket) -> bytes:
    """Return what the server says until it closes the connection."""
    received = b""
    try:
        while part := connection.recv(65_536):
            received += part
    except ConnectionResetError:
        pass
    return received


def test_hundreds_that_never_finish_a_request_are_closed_while_others_are_served(server: Server) -> None:
    with ExitStack() as stack:
        heads = [connected(server, stack, HEAD) for _ in range(SLOW)]
        bodies = [connected(server, stack, FORM + b"Content-Length: 60000\r\n\r\nfull_name=A") for _ in range(SLOW)]
        for path in ("/healthz", "/readyz", f"/en/c/{REF}", f"/c/{REF}/count.json", f"/en/c/{REF}/sign"):
            assert server.visitor.get(path).status == 200
        for connection in heads:
            connection.sendall(b"x")  # alive, and still not done
        assert {rest(connection) for connection in heads} == {b""}
        assert {rest(connection)[:12] for connection in bodies} == {b"HTTP/1.1 408"}
        assert server.visitor.get("/readyz").status == 200


@pytest.mark.parametrize(
    "form",
    [
        b"Content-Length: 9999999999\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"4000\r\n" + b"x" * 0x4000 + b"\r\n",
    ],
)
def test_a_huge_body_is_refused_before_it_is_read(server: Server, form: bytes) -> None:
    with ExitStack() as stack:
        connection = connected(server, stack, FORM + form)
        chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        try:
            for _ in range(8):  # twice as much as a form may hold
                connection.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert connection.recv(12) == b"HTTP/1.1 413"
        assert server.visitor.get("/healthz").status == 200


def test_who_takes_no_answer_holds_nobody_up(server: Server) -> None:
    asks = f"GET /en/c/{REF} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 40
    with ExitStack() as stack:
        for _ in range(SLOW):
            connected(server, stack, asks)  # and never reads
        assert server.visitor.get(f"/en/c/{REF}").status == 200
