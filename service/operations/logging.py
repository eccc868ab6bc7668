"""The application's log: JSON lines that know routes, numbers and kinds of errors, and nothing about persons.

What a library logs is kept as place and kind only: its messages may hold addresses, links or form fields.
"""

from __future__ import annotations

import io
import logging
import secrets
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from gunicorn import glogging
from structlog.typing import EventDict

TEXT_FIELDS = frozenset(  # text passes under these names only; numbers always pass
    (
        "event",
        "level",
        "time",
        "request",
        "method",
        "route",
        "duration",
        "error_class",
        "where",
        "logger",
        "message",
        "pass",
    )
)
DURATIONS = ((0.01, "<10ms"), (0.1, "<100ms"), (1.0, "<1s"), (10.0, "<10s"))
TIME_FORMAT = "%Y-%m-%dT%H:%MZ"  # minutes: an exact time next to a route would tell when one person signed

log = structlog.get_logger()


def configure_logging() -> None:
    """Send all log lines of this process to standard error, without personal data."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt=TIME_FORMAT, utc=True, key="time"),
            withhold_unknown_text,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, Unfailing(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [LibraryHandler()]
    root.setLevel(logging.WARNING)


def withhold_unknown_text(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Replace every text under a name that is not known to be harmless."""
    return {name: value if _may_pass(name, value) else "withheld" for name, value in line.items()}


def log_requests(app: Flask) -> None:
    """Log one line a request: route pattern, status, class of duration. Never path, query, header or address."""

    @app.before_request
    def note_start() -> None:
        g.started = time.monotonic()
        g.request_id = secrets.token_hex(8)

    @app.after_request
    def log_answer(response: Any) -> ResponseReturnValue:
        took_s = time.monotonic() - g.get("started", time.monotonic())
        rule = request.url_rule.rule if request.url_rule else "none"
        log.info(
            "request",
            request=g.get("request_id", ""),
            method=request.method,
            route=rule,
            status=response.status_code,
            duration=duration_class(took_s),
        )
        return response  # type: ignore[no-any-return]


def duration_class(seconds: float) -> str:
    """Return the class of a duration: exact ones could tell what was looked up."""
    return next((name for limit, name in DURATIONS if seconds < limit), ">=10s")


def place_of(error: BaseException) -> str:
    """Return file and line in which an error came up: no message, no local variable."""
    frame: TracebackType | None = error.__traceback__
    if frame is None:
        return "unknown"
    while frame.tb_next is not None:
        frame = frame.tb_next
    path = frame.tb_frame.f_code.co_filename.split("site-packages/")[-1]
    return f"{path}:{frame.tb_lineno}"


class Unfailing(io.TextIOBase):
    """Standard error whose failures are nobody's: a full disk for log lines refuses no signature."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Send on what can be sent on; the rest goes with a later line."""
        with suppress(OSError):
            self._stream.flush()


class LibraryHandler(logging.Handler):
    """Turns a library's log record into one of our lines: where it was written, of what level, about which error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line; the message itself only where a server tells of its start and stop."""
        fields: dict[str, Any] = {"logger": record.name, "where": f"{record.module}:{record.lineno}"}
        if record.exc_info and record.exc_info[1] is not None:
            fields |= {"error_class": type(record.exc_info[1]).__name__, "where": place_of(record.exc_info[1])}
        if record.name.startswith("gunicorn") and record.levelno <= logging.INFO:
            fields["message"] = record.getMessage()
        log.log(record.levelno, "library", **fields)


class ServerLogger(glogging.Logger):  # type: ignore[misc]
    """gunicorn's logger: its lines become ours, and it has no access log."""

    def setup(self, cfg: Any) -> None:
        """Replace gunicorn's own handlers."""
        super().setup(cfg)
        configure_logging()
        self.error_log.handlers = [LibraryHandler()]
        self.access_log.handlers = []


def _may_pass(name: str, value: object) -> bool:
    return name in TEXT_FIELDS or value is None or isinstance(value, (bool, int, float))
