"""Thousands of connections that ask for nothing, while honest people sign: bare, and behind the documented nginx.

`.venv/bin/python -m tests.faults.connections` prints one JSON line for each; `--connections N` says how many.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from service.operations.demo_visitor import Visitor
from service.operations.processes import TOP, Address
from tests.faults.load import ACKNOWLEDGED, signs
from tests.faults.nginx import start_nginx
from tests.faults.scenes import on_sqlite
from tests.faults.server import GONE
from tests.installation import REF

HONEST = 30  # pages and forms each
HEAD = b"GET /en/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
AGAIN_S = 0.5  # before a connection that was closed or refused is opened anew


@dataclass(frozen=True)
class Held:
    """What honest people met while so many connections were held open."""

    connections: int  # wanted
    opened: int  # the most at once that the server, or its kernel, took
    pages: int  # answered with 200, of HONEST
    forms: int  # acknowledged, of HONEST
    page_median_s: float
    page_most_s: float


async def hold(address: Address, count: int) -> None:
    """Hold so many connections open, each with a head that never ends, until standard input ends; tell how many are."""
    is_open: set[int] = set()

    async def one(number: int) -> None:
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(address.host, address.port)
                is_open.add(number)
                writer.write(HEAD)
                await reader.read()
                writer.close()
            is_open.discard(number)
            await asyncio.sleep(AGAIN_S)

    everybody = [asyncio.create_task(one(number)) for number in range(count)]
    ends = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    while not ends.done():
        await asyncio.sleep(0.2)
        print(len(is_open), flush=True)
    for each in everybody:
        each.cancel()


@contextmanager
def held(address: Address, count: int, most: list[int]) -> Iterator[None]:
    """Let another process hold connections while the block runs; note in `most` how many it had at a time."""
    command = [sys.executable, "-m", "tests.faults.connections", "--hold", address.bind, "--connections", str(count)]
    with subprocess.Popen(command, cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        before = 0
        for line in process.stdout:  # until it has all, or gets no more
            most.append(int(line))
            if most[-1] >= count or (most[-1] and most[-1] <= before):
                break
            before = most[-1]
        yield
        process.stdin.close()
        most += [int(line) for line in process.stdout]


def measure(address: Address, count: int) -> Held:
    """Hold connections to a server, let people read and sign, and return what they met."""
    most: list[int] = []
    took: list[float] = []
    forms = 0
    with held(address, count, most):
        for number in range(HONEST):
            since = time.monotonic()
            with suppress(*GONE):
                if Visitor(address.base_url).get(f"/en/c/{REF}").status == 200:
                    took.append(time.monotonic() - since)
            forms += signs(Visitor(address.base_url), f"honest{number}x{count}@example.org") == ACKNOWLEDGED
    seconds = took or [float("inf")]
    return Held(count, max(most), len(took), forms, round(statistics.median(seconds), 3), round(max(seconds), 3))


def main() -> None:
    """Measure bare and behind nginx, or hold connections for a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--hold", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if chosen.hold:
        host, _, port = chosen.hold.rpartition(":")
        asyncio.run(hold(Address(host, int(port)), chosen.connections))
        return
    with tempfile.TemporaryDirectory() as folder, on_sqlite(Path(folder)) as scene:
        for where in ("bare", "nginx"):
            nginx = start_nginx(scene.nodes[0].address, Path(folder) / "nginx") if where == "nginx" else None
            found = measure(nginx.address if nginx else scene.nodes[0].address, chosen.connections)
            print(json.dumps({"where": where, **asdict(found)}), flush=True)
            if nginx:
                nginx.stop()


if __name__ == "__main__":
    main()
