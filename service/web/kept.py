"""Public pages kept in memory: rendered once a change and language, by one request while the others wait.

Stands before Flask, as only that saves the time of a request. What it keeps is what any shared cache may keep; that it
is still true is asked of the database (`standing.py`). While the database is away what was kept is shown with a notice.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import force_locale, gettext
from markupsafe import escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from service.web.kept_answer import KeptAnswer, collected
from service.web.security import PRIVATE_SECTIONS
from service.web.standing import STALE_MAX_S, WAIT_MAX_S, Standing, Version

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

KEPT_MAX_BYTES = 32 * 1024 * 1024  # of a process; what was not asked for longest goes first
ANSWER_MAX_BYTES = 512 * 1024
KEPT_S = 15.0  # what changes without an entry or a row of a campaign is shown this late, as PUBLIC_PAGE says
PROBES = ("healthz", "readyz")
KEPT_FOR = "undersigned.kept_s"  # in the environ of a request whose answer is true for less time
LEFT_OUT = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_IF_RANGE")

Key = tuple[str, str, str]  # path, query, language


def keep_for(seconds: float) -> None:
    """Say of the answer that is being made that it may be kept in memory for so long only."""
    request.environ[KEPT_FOR] = seconds


def keep_pages(app: Flask, ask_version: Callable[[], Hashable], age_max_s: float) -> KeptPages:
    """Put the memory before an app; `ask_version` names the state that pages show, and raises if the store is away."""
    kept = KeptPages(app, Standing(ask_version, age_max_s))
    app.wsgi_app = kept  # type: ignore[method-assign]
    return kept


@dataclass
class _Kept:
    answer: KeptAnswer
    version: Hashable
    true_at: float  # when it was last known to be true; monotonic seconds
    until: float
    marked: KeptAnswer | None = None  # the same with the notice, made when it is first needed


class KeptPages:
    """The WSGI application that answers from memory, or asks the one behind it."""

    def __init__(self, app: Flask, standing: Standing) -> None:
        self.behind: WSGIApplication = app.wsgi_app
        self.standing = standing
        self.from_memory = 0
        self.rendered = 0
        self._app = app
        self._languages: tuple[str, ...] = app.config["LANGUAGES"]
        self._queries = {"": ""} | {f"lang={code}": code for code in self._languages}
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._size_bytes = 0
        self._flights: dict[Key, threading.Event] = {}
        self._negotiated = lru_cache(256)(self._negotiate)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        key = self._key(environ)
        if key is None:
            return self.behind(environ, start_response)
        version = self.standing.now()
        found = self._found(key, version)
        if found is None:
            flight = threading.Event()
            leader = self._flights.setdefault(key, flight)
            if leader is flight:
                return self._lead(key, version, environ, start_response)
            leader.wait(WAIT_MAX_S)
            found = self._young(key)
        if found is None:
            return self.behind(environ, start_response)
        return self._send(found, environ, start_response)

    def _send(self, found: KeptAnswer, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        self.from_memory += 1
        return found.send(environ, start_response)

    def _key(self, environ: WSGIEnvironment) -> Key | None:
        """Return what a request asks for, or nothing if its answer is never kept."""
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        first = path[1:].partition("/")[0]
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or first in PRIVATE_SECTIONS or first in PROBES:
            return None
        if query not in self._queries or environ.get("SCRIPT_NAME"):
            return None  # under another root all links differ: not one page for everybody
        language = first if first in self._languages else self._queries[query]
        return path, query, language or self._negotiated(environ.get("HTTP_ACCEPT_LANGUAGE", ""))

    def _negotiate(self, accepted: str) -> str:
        found = parse_accept_header(accepted, LanguageAccept).best_match(self._languages, self._languages[0])
        return str(found)

    def _found(self, key: Key, version: Version, *, waits: bool = False) -> KeptAnswer | None:
        """Return what is kept if it is true, or, to who does not wait, while it is made anew and was true just now."""
        kept, now = self._kept.get(key), time.monotonic()
        if kept is None:
            return None
        if version.is_away:
            kept.marked = kept.marked or kept.answer.with_notice(self._notice(key[2]))
            return kept.marked
        if kept.version == version.name and now < kept.until:
            kept.true_at = version.asked
            self._kept.move_to_end(key)
            return kept.answer
        return self._young(key) if key in self._flights and not waits else None

    def _young(self, key: Key) -> KeptAnswer | None:
        kept = self._kept.get(key)
        return kept.answer if kept and time.monotonic() - kept.true_at < STALE_MAX_S else None

    def _lead(
        self, key: Key, version: Version, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Have the answer made, keep it if anybody may, and let those go on who wait for it."""
        try:
            if (found := self._found(key, version, waits=True)) is not None:  # made between our look and our turn
                return self._send(found, environ, start_response)
            head: list[Any] = []
            asked = {name: value for name, value in environ.items() if name not in LEFT_OUT}
            asked["REQUEST_METHOD"] = "GET"
            made = self.behind(asked, lambda *given: head.extend(given) or (lambda _: None))  # type: ignore[func-returns-value]
            status, headers = head[0], dict(head[1])
            if not status.startswith("200") or "Content-Length" not in headers:
                start_response(*head)
                return _without_body(made) if environ["REQUEST_METHOD"] == "HEAD" else made
            answer = KeptAnswer(collected(made), head[1])
            if _may_keep(headers) and not version.is_away:
                self._keep(key, _Kept(answer, version.name, version.asked, self._until(asked)))
            return answer.send(environ, start_response)
        finally:
            self._flights.pop(key).set()

    def _until(self, environ: WSGIEnvironment) -> float:
        return time.monotonic() + float(environ.get(KEPT_FOR, KEPT_S))

    def _keep(self, key: Key, made: _Kept) -> None:
        self.rendered += 1
        self._forget(key)
        if made.answer.size_bytes > ANSWER_MAX_BYTES:
            return
        self._kept[key] = made
        self._size_bytes += made.answer.size_bytes
        while self._size_bytes > KEPT_MAX_BYTES:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Key) -> None:
        old = self._kept.pop(key, None)
        self._size_bytes -= old.answer.size_bytes if old else 0

    def _notice(self, language: str) -> str:
        with self._app.app_context(), force_locale(language):
            words = gettext(
                "The database cannot be reached just now: this page is as it was last seen, and nothing can be "
                "signed for the moment. Nothing that was confirmed is lost."
            )
        return f'<p class="strip"><span class="wrap">{escape(words)}</span></p>'


def _may_keep(headers: dict[str, str]) -> bool:
    """Return whether an answer is for everybody and changes: documents and tiles never do, but may be taken down."""
    lifetime = headers.get("Cache-Control", "")
    return "public" in lifetime and "immutable" not in lifetime and "Set-Cookie" not in headers


def _without_body(made: Iterable[bytes]) -> list[bytes]:
    collected(made)
    return []
