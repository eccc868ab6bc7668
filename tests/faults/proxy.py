"""A TCP proxy between a node and its database, which can be cut: by a reset, or by silence."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from contextlib import suppress

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing throws away what is under way, and says RST


class Proxy:
    """Forwards one port of this machine to another, on a thread of its own."""

    def __init__(self, port: int, behind: int) -> None:
        self.port, self.behind = port, behind
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._refuses = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        """Begin to forward."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    def stop(self) -> None:
        """End for good."""
        self.resets()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def flows(self) -> None:
        """Forward again, also what was held back."""
        self._call(self._set, True, False)

    def is_silent(self) -> None:
        """Take everything and pass nothing on, as a network does that drops packets."""
        self._call(self._set, False, False)

    def resets(self) -> None:
        """Reset all connections, and every new one."""
        self._call(self._set, True, True)

    def _call(self, function: object, *arguments: bool) -> None:
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (function(*arguments), done.set()))  # type: ignore[operator]
        done.wait()

    def _set(self, flows: bool, refuses: bool) -> None:
        self._refuses = refuses
        (self._flows.set if flows else self._flows.clear)()
        if refuses:
            for writer in list(self._writers):
                _reset(writer)

    async def _listen(self) -> None:
        self._flows.set()
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", self.port, backlog=512)

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._flows.wait()
            if self._refuses:
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.behind)
            self._writers.add(far_writer)
            try:
                await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
            finally:
                self._writers.discard(far_writer)
                _reset(far_writer)
        except OSError:
            return
        finally:
            self._writers.discard(writer)
            _reset(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()
        with suppress(OSError, RuntimeError):
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
