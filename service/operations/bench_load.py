"""The load generator: many connections of one process; what a step sends and checks is a generator of its own."""

from __future__ import annotations

import heapq
import selectors
import socket
import time
from collections import defaultdict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from enum import Enum

from service.operations.processes import Address

HEAD_END = b"\r\n\r\n"
READ_BYTES = 65_536
PATIENCE_S = 30.0  # for a connection, an answer
IDLE_MAX_S = 2.0  # less than servers keep an idle connection: an older one is opened anew


class Outcome(Enum):
    """How a step ended."""

    DONE = "done"
    BUSY = "busy"  # 503: counted apart
    FAILED = "failed"


@dataclass(frozen=True)
class Answer:
    """An answer: its status, the bytes of its head in lower case, and its body."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """Return a header's value; empty if it has none. Names are written in lower case."""
        found = self.head.partition(b"\r\n" + name + b": ")[2]
        return found.partition(b"\r\n")[0]

    @property
    def outcome(self) -> Outcome:
        """Return what an answer other than the one that was wanted means."""
        return Outcome.BUSY if self.status == 503 else Outcome.FAILED


Step = Generator[bytes, Answer, Outcome]
"""Yields requests, is sent their answers, and returns how it ended."""
Arrival = tuple[float, Step, str]
Arrivals = Iterator[Arrival]
"""Steps with the second at which each is due, in order (0 means at once), and its kind."""


@dataclass(frozen=True)
class Load:
    """To whom steps are sent, over how many connections, and for how long new ones begin."""

    address: Address
    connections: int
    seconds: float


@dataclass
class Tally:
    """What came back. A step's time runs from when it was due, so that a slow server cannot hide its queue."""

    steps: int = 0
    errors: int = 0
    busy: int = 0
    step_ms: list[float] = field(default_factory=list)
    first_ms: list[float] = field(default_factory=list)  # of the first request of each step
    kinds_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # step_ms by kind


@dataclass
class _Connection:
    sock: socket.socket
    step: Step | None = None
    kind: str = ""
    due: float = 0.0
    asked: float = 0.0
    is_first: bool = True
    idle_since: float = field(default_factory=time.perf_counter)
    received: bytearray = field(default_factory=bytearray)


def request(first_line: str, address: Address, *lines: str, body: bytes | None = None) -> bytes:
    """Return a request's bytes; `lines` are further header lines. A body is that of a form."""
    form = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}") if body else ()
    head = [f"{first_line} HTTP/1.1", f"Host: {address.bind}", *lines, *form]
    return "\r\n".join(head).encode() + HEAD_END + (body or b"")


def generate(load: Load, arrivals: Arrivals) -> Tally:
    """Do the steps that are due within `seconds`, each on a free connection, and wait for those under way."""
    run = _Run(load, arrivals)
    try:
        return run.all()
    finally:
        run.close()


class _Run:
    def __init__(self, load: Load, arrivals: Arrivals) -> None:
        self.load, self.arrivals, self.tally = load, arrivals, Tally()
        self.selector = selectors.DefaultSelector()
        self.idle = [_Connection(_connect(load.address)) for _ in range(load.connections)]
        self.began = time.perf_counter()
        self.is_over = False
        self.next: Arrival | None = None

    def all(self) -> Tally:
        while True:
            self._begin_due()
            if self.is_over and not self.selector.get_map():
                return self.tally
            ready = self.selector.select(self._pause_s())
            if not ready and self.selector.get_map() and (self.is_over or not self.idle):
                raise ConnectionError(f"the server did not answer within {PATIENCE_S:.0f} seconds")
            for key, _ in ready:
                self._read(key.data)

    def close(self) -> None:
        for connection in [*self.idle, *(key.data for key in self.selector.get_map().values())]:
            connection.sock.close()
        self.selector.close()

    def _begin_due(self) -> None:
        while not self.is_over:
            now = time.perf_counter() - self.began
            self.next = self.next or next(self.arrivals, None)
            if self.next is None or max(now, self.next[0]) >= self.load.seconds:
                self.is_over = True
            elif not self.idle or self.next[0] > now:
                return
            else:
                (due, step, kind), self.next = self.next, None
                self.idle[-1].kind = kind
                self._begin(self.idle.pop(), step, self.began + (due or now))

    def _begin(self, connection: _Connection, step: Step, due: float) -> None:
        if time.perf_counter() - connection.idle_since > IDLE_MAX_S:
            connection.sock.close()
            connection.sock = _connect(self.load.address)
        connection.step, connection.due, connection.is_first = step, due, True
        self.selector.register(connection.sock, selectors.EVENT_READ, connection)
        self._send(connection, next(step))

    def _send(self, connection: _Connection, asked: bytes) -> None:
        connection.received.clear()
        connection.asked = time.perf_counter()
        connection.sock.sendall(asked)

    def _read(self, connection: _Connection) -> None:
        received = connection.sock.recv(READ_BYTES)
        if not received:
            raise ConnectionError("the server closed a connection under load")
        connection.received += received
        answer = whole_answer(connection.received)
        if answer is not None:
            self._go_on(connection, answer)

    def _go_on(self, connection: _Connection, answer: Answer) -> None:
        now = time.perf_counter()
        assert connection.step is not None
        if connection.is_first:
            self.tally.first_ms.append((now - connection.asked) * 1000)
            connection.is_first = False
        try:
            self._send(connection, connection.step.send(answer))
        except StopIteration as ended:
            self._count(ended.value, connection.kind, (now - connection.due) * 1000)
            self.selector.unregister(connection.sock)
            connection.idle_since = now
            self.idle.append(connection)

    def _count(self, outcome: Outcome, kind: str, took_ms: float) -> None:
        if outcome is Outcome.DONE:
            self.tally.kinds_ms[kind].append(took_ms)
            self.tally.steps += 1
            self.tally.step_ms.append(took_ms)
        elif outcome is Outcome.BUSY:
            self.tally.busy += 1
        else:
            self.tally.errors += 1

    def _pause_s(self) -> float:
        if self.is_over or self.next is None or not self.idle:
            return PATIENCE_S
        return max(0.0, self.next[0] - (time.perf_counter() - self.began))


def whole_answer(received: bytearray) -> Answer | None:
    """Return the answer that was received, or nothing while a part is missing."""
    end = received.find(HEAD_END)
    if end < 0:
        return None
    status, head = int(received[9:12]), bytes(received[: end + 2]).lower()
    length = 0 if status == 304 else int(head.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0])
    body = received[end + len(HEAD_END) :]
    return Answer(status, head, bytes(body)) if len(body) >= length else None


def merged(*streams: Arrivals) -> Arrivals:
    """Return several streams of arrivals as one, in the order in which they are due."""
    return heapq.merge(*streams, key=lambda arrival: arrival[0])


def _connect(address: Address) -> socket.socket:
    sock = socket.create_connection((address.reachable_host, address.port), timeout=PATIENCE_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock
