"""The load generator: a fixed number of connections of one process, every answer checked by status and body."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from service.operations.processes import Address

HEAD_END = b"\r\n\r\n"
READ_BYTES = 65_536


@dataclass(frozen=True)
class Load:
    """What is sent: to whom, over how many connections, for how long, through the product or its ceiling."""

    address: Address
    path: str  # of the sign form
    fields: dict[str, str]
    connections: int
    seconds: float
    variant: str


@dataclass
class Tally:
    """What came back."""

    steps: int = 0
    errors: int = 0
    busy: int = 0
    step_ms: list[float] = field(default_factory=list)
    post_ms: list[float] = field(default_factory=list)


@dataclass
class _Connection:
    sock: socket.socket
    received: bytearray = field(default_factory=bytearray)
    is_post: bool = True
    step_began: float = 0.0
    asked: float = 0.0


def generate(load: Load, addresses: Iterator[str]) -> Tally:
    """Sign for `seconds`, each time as somebody else: POST the form, then read the page it leads to."""
    tally, until = Tally(), time.perf_counter() + load.seconds
    with selectors.DefaultSelector() as selector:
        for _ in range(load.connections):
            connection = _Connection(_connect(load.address))
            selector.register(connection.sock, selectors.EVENT_READ, connection)
            _post(connection, load, next(addresses))
        while selector.get_map():
            for key, _ in selector.select(timeout=10):
                _read(key.data, load, tally)
                if _answer_is_whole(key.data) and not _go_on(key.data, load, addresses, tally, until):
                    selector.unregister(key.data.sock)
                    key.data.sock.close()
    return tally


def _connect(address: Address) -> socket.socket:
    sock = socket.create_connection((address.reachable_host, address.port), timeout=30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _post(connection: _Connection, load: Load, email: str) -> None:
    body = urlencode(load.fields | {"email": email}).encode()
    head = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.is_post, connection.step_began = True, time.perf_counter()
    _send(connection, load, f"POST {load.path}", head.encode() + body)


def _send(connection: _Connection, load: Load, first_line: str, rest: bytes) -> None:
    head = f"{first_line} HTTP/1.1\r\nHost: {load.address.bind}\r\nX-Bench: {load.variant}\r\n"
    connection.received.clear()
    connection.asked = time.perf_counter()
    connection.sock.sendall(head.encode() + rest)


def _read(connection: _Connection, load: Load, tally: Tally) -> None:
    received = connection.sock.recv(READ_BYTES)
    if not received:
        tally.errors += 1
        raise ConnectionError("the server closed a connection under load")
    connection.received += received


def _answer_is_whole(connection: _Connection) -> bool:
    end = connection.received.find(HEAD_END)
    if end < 0:
        return False
    head = bytes(connection.received[:end]).lower()
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    return len(connection.received) >= end + len(HEAD_END) + length


def _go_on(
    connection: _Connection, load: Load, addresses: Iterator[str], tally: Tally, until: float
) -> bool:
    """Take the whole answer into account and ask the next thing; false once the time is over."""
    now, status = time.perf_counter(), int(connection.received[9:12])
    if connection.is_post:
        tally.post_ms.append((now - connection.asked) * 1000)
        if status == 303:
            connection.is_post = False
            _send(connection, load, f"GET {load.path.removesuffix('sign')}sent", b"\r\n")
            return True
    _count(connection, tally, status, now)
    if now >= until:
        return False
    _post(connection, load, next(addresses))
    return True


def _count(connection: _Connection, tally: Tally, status: int, now: float) -> None:
    if not connection.is_post and status == 200 and b"</html>" in connection.received:
        tally.steps += 1
        tally.step_ms.append((now - connection.step_began) * 1000)
    elif status == 503:
        tally.busy += 1
    else:
        tally.errors += 1


