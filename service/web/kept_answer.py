"""One public answer as it is kept: its bytes, the same compressed, their ETags, and what a conditional request gets."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.http import parse_accept_header, parse_etags

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PACKED_LEAST_BYTES = 512  # below that the head is most of the answer
PACKED_TYPES = ("text/", "application/json", "image/svg+xml", "application/atom+xml", "application/feed+json")
SENT_WITH_304 = ("etag", "cache-control", "vary", "date", "expires", "content-location")  # RFC 9110 section 15.4.5
END_OF_HEADER = b"</header>"
AWAY_CACHE_CONTROL = "public, max-age=5"


@dataclass(frozen=True)
class Form:
    """One form of an answer: the bytes, and the headers that go with them and with a 304."""

    body: bytes
    etag: str
    headers: list[tuple[str, str]]
    headers_304: list[tuple[str, str]]


class KeptAnswer:
    """An answer with status 200 that is the same for everybody."""

    def __init__(self, body: bytes, headers: Iterable[tuple[str, str]]) -> None:
        self.headers = Headers(list(headers))
        self.headers.remove("Content-Length")
        self.headers.add("Vary", "Accept-Encoding") if self._may_pack(body) else None
        self.plain = self._form(body, "", {})

    @cached_property
    def packed(self) -> Form | None:
        """Return the compressed form, made once; nothing where compressing gains nothing."""
        if not self._may_pack(self.plain.body):
            return None
        body = gzip.compress(self.plain.body, compresslevel=6, mtime=0)
        return self._form(body, "-gzip", {"Content-Encoding": "gzip"})

    @property
    def size_bytes(self) -> int:
        """Return how much memory the bodies take."""
        return len(self.plain.body) + len(self.packed.body if self.packed else b"")

    def with_notice(self, notice: str) -> KeptAnswer:
        """Return a page that says in its header that it is old; an answer for programs names its log size itself."""
        headers = Headers(self.headers)
        headers["Cache-Control"] = AWAY_CACHE_CONTROL
        body = self.plain.body.replace(END_OF_HEADER, notice.encode() + END_OF_HEADER, 1)
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return KeptAnswer(body, headers)

    def send(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer a GET or HEAD request: 304 if it has this form already, else the form that it takes."""
        form = (self.packed if takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")) else None) or self.plain
        asked = environ.get("HTTP_IF_NONE_MATCH", "")
        if asked and form.etag and (asked == form.etag or parse_etags(asked).contains_raw(form.etag)):
            start_response("304 NOT MODIFIED", form.headers_304)
            return []
        start_response("200 OK", form.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [form.body]

    def _form(self, body: bytes, mark: str, more: dict[str, str]) -> Form:
        etag = self.headers.get("ETag", "")
        headers = Headers(self.headers)
        if etag:
            etag = f'{etag[:-1]}{mark}"'  # RFC 9110 section 8.8.3: each form has a strong ETag of its own
            headers["ETag"] = etag
        for name, value in (more | {"Content-Length": str(len(body))}).items():
            headers[name] = value
        listed: list[tuple[str, str]] = headers.to_wsgi_list()
        return Form(body, etag, listed, [one for one in listed if one[0].lower() in SENT_WITH_304])

    def _may_pack(self, body: bytes) -> bool:
        return len(body) >= PACKED_LEAST_BYTES and self.headers.get("Content-Type", "").startswith(PACKED_TYPES)


def takes_gzip(accept_encoding: str) -> bool:
    """Return whether a client takes gzip (RFC 9110 section 12.5.3)."""
    if "gzip" not in accept_encoding:
        return False
    return ";" not in accept_encoding or parse_accept_header(accept_encoding)["gzip"] > 0


def collected(body: Any) -> bytes:
    """Return all of a WSGI answer's body, and close it."""
    try:
        return b"".join(body)
    finally:
        if hasattr(body, "close"):
            body.close()
