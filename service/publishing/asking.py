"""One question to a witness or a copy of the log over HTTP: a few seconds at most, whatever the other side does."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

ASK_MAX_S = 5.0  # docs/log_format.md section 4
ANSWER_MAX_BYTES = 64 * 1024


class Silent(Exception):
    """There was no answer, or none that could be used: it proves nothing. The words say why."""


@dataclass(frozen=True)
class HttpAnswer:
    """An answer's status, content type without parameters, and body."""

    status: int
    content_type: str
    body: bytes


def ask(url: str, body: bytes | None = None, max_s: float = ASK_MAX_S) -> HttpAnswer:
    """Fetch an address, or send a body there; redirects are not followed.

    :raises Silent: if there is no whole answer of at most 64 KiB in time.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    since = time.monotonic()
    try:
        with closing(kind(parts.hostname or "", parts.port, timeout=max_s)) as connection:
            connection.connect()
            with _Deadline(connection.sock, max_s - (time.monotonic() - since)) as deadline:
                connection.request("GET" if body is None else "POST", parts.path or "/", body, {"Connection": "close"})
                with connection.getresponse() as answer:
                    content = answer.read(ANSWER_MAX_BYTES + 1)
                    is_whole = len(content) <= ANSWER_MAX_BYTES and not answer.length and not deadline.has_passed
                    found = HttpAnswer(answer.status, answer.headers.get_content_type(), content)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Silent(f"it could not be reached ({type(error).__name__})") from error
    if not is_whole:
        raise Silent(f"its answer was not whole within {max_s:.0f} seconds and {ANSWER_MAX_BYTES} bytes")
    return found


class _Deadline:
    """Cuts a connection after some seconds: its own timeout starts anew with every byte that comes."""

    def __init__(self, connected: socket.socket, seconds: float) -> None:
        self._connected = connected
        self.has_passed = False
        self._timer = threading.Timer(max(seconds, 0.0), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.has_passed = True
        with suppress(OSError):
            self._connected.shutdown(socket.SHUT_RDWR)
