"""Lets caches keep public pages for seconds, and browsers ask whether a page changed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flask import request

from service.web.security import is_private

if TYPE_CHECKING:
    from flask import Flask, Response

PUBLIC_PAGE = "public, max-age=15, stale-while-revalidate=60"
COUNT = "public, max-age=5"


def register_caching(app: Flask) -> None:
    """Give public pages a lifetime and a strong ETag, answer 304, and keep everything else out of caches."""
    app.after_request(_set_caching)


def _set_caching(response: Response) -> Response:
    if request.method not in ("GET", "HEAD") or response.status_code >= 400 or is_private(request.path):
        response.headers["Cache-Control"] = "no-store"
        return response
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = COUNT if request.endpoint == "campaigns.count" else PUBLIC_PAGE
    if response.status_code == 200 and not response.direct_passthrough and not response.is_streamed:
        # Of the body, not of the log's size: closing days and texts change pages without an entry.
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
        response.make_conditional(request)
    return response
