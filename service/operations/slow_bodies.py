"""Takes a form's body in whole before the application sees the request, and gives up on who sends it too slowly."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

import gevent

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BODY_MAX_S = 15  # 64 KiB arrive in that time at 4.4 kB/s
TOO_SLOW = b"The form did not arrive in time. Please send it again.\n"


class WholeBodies:
    """A WSGI layer that reads bodies up to a limit, against the clock.

    A longer one is left alone: the application answers 413 by its announced length, or by the byte above the limit.
    """

    def __init__(self, behind: WSGIApplication, max_bytes: int, max_s: float = BODY_MAX_S) -> None:
        self._behind = behind
        self._max_bytes = max_bytes
        self._max_s = max_s

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or 408 if its body did not arrive in time (RFC 9110 section 15.5.9)."""
        announced = environ.get("CONTENT_LENGTH") or ""
        is_chunked = "HTTP_TRANSFER_ENCODING" in environ
        if is_chunked or (announced.isdigit() and 0 < int(announced) <= self._max_bytes):
            body = self._read(environ)
            if body is None:
                head = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(TOO_SLOW)))]
                start_response("408 REQUEST TIMEOUT", [*head, ("Cache-Control", "no-store")])
                return [TOO_SLOW]
            environ["wsgi.input"] = io.BytesIO(body)
        return self._behind(environ, start_response)

    def _read(self, environ: WSGIEnvironment) -> bytes | None:
        try:
            with gevent.Timeout(self._max_s):
                return bytes(environ["wsgi.input"].read(self._max_bytes + 1))
        except (gevent.Timeout, OSError):
            return None
