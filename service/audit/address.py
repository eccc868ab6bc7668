"""A published log at an address: no redirects, no endless bodies, and no waiting beyond a limit."""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
import zlib
from typing import Any
from urllib.parse import quote, urlsplit

from service.audit.source_limits import FILE_MAX_BYTES, SourceFailed, limited

READ_S = 20.0  # seconds without a byte
FILE_S = 60.0  # seconds for a whole file, whatever trickles in
ALL_S = 6 * 3600.0  # seconds for all files: a server that is always just fast enough must not hold an audit up for ever
CHUNK = 1 << 16  # bytes
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "undersigned-audit"}
_GZIP_WINDOW = 31


class Address:
    """A published log behind HTTP; connections are kept, one for each thread that asks."""

    workers = 6  # more than a small server lets wait at its door would be dropped, and asked for again a second later

    def __init__(self, base: str, read_s: float = READ_S, file_s: float = FILE_S, all_s: float = ALL_S) -> None:
        parts = urlsplit(base)
        try:
            self._place = (parts.scheme, parts.hostname or "", parts.port)
        except ValueError as error:
            raise SourceFailed(f"{base} is no address: {error}") from error
        if not parts.hostname or parts.query or parts.fragment:
            raise SourceFailed(f"{base} is no address of a log: it is like https://petitions.example.org/log")
        self.base = base.rstrip("/")
        self._prefix = quote(parts.path.rstrip("/"), safe="/%")
        self._pace = (read_s, file_s, time.monotonic() + all_s)
        self._held = threading.local()
        self._open: set[http.client.HTTPConnection] = set()

    def get(self, path: str, most: int = FILE_MAX_BYTES) -> bytes | None:
        """Return a file's bytes, or nothing for 404 and 410. :raises SourceFailed: for any other answer, or none."""
        try:
            try:
                return self._ask(path, most)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self._close()  # a kept connection may have been closed meanwhile: once more, on a new one
                return self._ask(path, most)
        except (OSError, http.client.HTTPException, zlib.error) as error:
            self._close()
            reason = str(error) or type(error).__name__
            raise SourceFailed(f"{path} could not be fetched from {self.base}: {reason}") from error
        except SourceFailed:
            self._close()
            raise

    def _ask(self, path: str, most: int) -> bytes | None:
        connection = self._connection()
        connection.request("GET", f"{self._prefix}/{path}", headers=HEADERS)
        answer = connection.getresponse()
        if answer.status in (404, 410):
            self._close()
            return None
        if 300 <= answer.status < 400:
            # It would let a server send an auditor anywhere.
            raise SourceFailed(f"{path} was answered {answer.status}: redirects are refused, give the final one")
        if answer.status != 200:
            raise SourceFailed(f"{path} was answered {answer.status}")
        content = _body(answer, path, most)
        if answer.getheader("Content-Encoding", "identity") == "gzip":
            content = limited(zlib.decompressobj(_GZIP_WINDOW).decompress(content, most + 1), path, most)
        will_close = answer.will_close
        answer.close()
        if will_close:
            self._close()
        return content

    def _connection(self) -> http.client.HTTPConnection:
        until = min(time.monotonic() + self._pace[1], self._pace[2])
        if until <= time.monotonic():
            raise SourceFailed(f"{self.base} is too slow: fetching it took longer than allowed. Try a copy of the log.")
        connection: http.client.HTTPConnection | None = getattr(self._held, "connection", None)
        if connection is None:
            scheme, host, port = self._place
            kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
            connection = kind(host, port, timeout=self._pace[0])
            connection.connect()
            connection.sock = _Paced(connection.sock, self._pace[0])
            self._held.connection = connection
            self._open.add(connection)
        paced: Any = connection.sock
        paced.until = until
        return connection

    def _close(self) -> None:
        connection = getattr(self._held, "connection", None)
        self._held.connection = None
        if connection is not None:
            self._open.discard(connection)
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        while self._open:
            self._open.pop().close()


def _body(answer: http.client.HTTPResponse, path: str, most: int) -> bytes:
    declared, content = answer.length, bytearray()
    if declared is not None and declared > most:
        raise SourceFailed(f"{path} has {declared} bytes, more than {most}")
    while chunk := answer.read1(CHUNK):
        content += chunk
        if len(content) > most:
            raise SourceFailed(f"{path} has more than {most} bytes")
    if declared is not None and len(content) != declared:
        raise SourceFailed(f"{path} was cut off: {len(content)} of {declared} bytes came")
    return bytes(content)


class _Paced:
    """A socket whose every read waits for the shorter of a pause's and the whole file's limit."""

    def __init__(self, wrapped: socket.socket, read_s: float) -> None:
        self._wrapped, self._read_s = wrapped, read_s
        self.until = 0.0

    def makefile(self, *_: Any) -> io.BufferedReader:
        """Return what http.client reads from."""
        return io.BufferedReader(_Reader(self, self._wrapped.makefile("rb", buffering=0)))

    def pace(self) -> None:
        """Set how long the next step may take. :raises TimeoutError: if the time is over."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("it came too slowly")
        self._wrapped.settimeout(min(left, self._read_s))

    def sendall(self, data: bytes) -> None:
        """Send within the limit."""
        self.pace()
        self._wrapped.sendall(data)

    def close(self) -> None:
        """Close the socket."""
        self._wrapped.close()


class _Reader(io.RawIOBase):
    def __init__(self, paced: _Paced, raw: Any) -> None:
        self._paced, self._raw = paced, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._paced.pace()
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()
