"""Turns everything that can be refused or go wrong into one page or one JSON shape, without any database."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import abort, jsonify, make_response, redirect, render_template, request
from flask_babel import lazy_gettext
from flask_limiter.errors import RateLimitExceeded
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from service.errors import Busy, PetitionError
from service.web.messages import reason_words
from service.web.security import has_token_section

if TYPE_CHECKING:
    from flask import Flask, Response
    from flask_babel import LazyString

BUSY_RETRY_S = 5
PROBLEM_JSON = "application/problem+json"

log = logging.getLogger("undersigned.web")


@dataclass(frozen=True)
class Words:
    """What an error page says: what happened, and what to do next."""

    heading: LazyString
    message: LazyString


BY_CODE = {
    "not-found": Words(
        lazy_gettext("There is nothing at this address"),
        lazy_gettext("Check the address, or start from the list of appeals. Appeals that ended stay in the list."),
    ),
    "campaign-not-open": Words(
        lazy_gettext("This appeal does not take signatures now"),
        lazy_gettext("It has not been opened yet, or it has ended. Its text, its count and its letters stay public."),
    ),
    "no-sheet": Words(
        lazy_gettext("This appeal is not signed on paper"),
        lazy_gettext(
            "Its supporters may be at risk, and paper shows their names to whoever finds it. Sign here instead."
        ),
    ),
    "removed": Words(
        lazy_gettext("This document was taken down"),
        lazy_gettext("Its hash stays in the log, so that everybody can see that something was removed, and why."),
    ),
    "link-unknown": Words(
        lazy_gettext("This link is not valid"),
        lazy_gettext(
            "It is unknown, has expired, or what it led to was erased. Links from messages are valid for 72 hours: "
            "sign again, or ask for your link once more."
        ),
    ),
    "text-changed": Words(
        lazy_gettext("The text changed meanwhile"),
        lazy_gettext("Open the appeal again, read the current text, then sign it."),
    ),
    "refused": Words(
        lazy_gettext("This is not possible now"),
        lazy_gettext("Something changed since you opened the page. Open it again to see how things stand."),
    ),
    "busy": Words(
        lazy_gettext("Too much is waiting just now"),
        lazy_gettext(
            "Please try again in a moment. What you sent may already have been stored; repeating it is harmless."
        ),
    ),
}
BY_CODE["rolled-back"] = Words(
    lazy_gettext("Signing is paused"),
    lazy_gettext(
        "A check found that the database of this service is older than what it published. Nothing new is accepted "
        "until its operator has restored it. All pages stay readable. Keep your receipt or promise: it is proof."
    ),
)
BY_CODE["signing-paused"] = Words(
    lazy_gettext("Signing is paused"),
    lazy_gettext("Signing is paused for the moment. Please come back later; links that were mailed go on working."),
)
BY_CODE["package-locked"] = Words(
    lazy_gettext("This package is locked"),
    lazy_gettext(
        "It arrived, or 30 days have passed since it was first fetched. The names in it were destroyed here. Who needs "
        "them again asks whoever sent the letter."
    ),
)
BY_CODE["store-unavailable"] = BY_CODE["busy"]

BY_STATUS = {
    400: Words(
        lazy_gettext("This request cannot be read"),
        lazy_gettext("Go back, open the page again and repeat what you did."),
    ),
    404: BY_CODE["not-found"],
    405: Words(
        lazy_gettext("This address does not take that"), lazy_gettext("Open the page again and use its own form.")
    ),
    409: BY_CODE["refused"],
    410: Words(
        lazy_gettext("This is no longer available"),
        lazy_gettext(
            "It was closed or taken down. What is public about it stays in the list of appeals and in the log."
        ),
    ),
    413: Words(
        lazy_gettext("That was too much"), lazy_gettext("A form may hold 64 KiB at most. Shorten what you sent.")
    ),
    415: Words(lazy_gettext("This kind of data is not taken here"), lazy_gettext("Use the form on the page.")),
    422: Words(
        lazy_gettext("The form was not complete"), lazy_gettext("Go back, correct what is marked and send it again.")
    ),
    423: Words(
        lazy_gettext("This is locked"),
        lazy_gettext("It was fetched already. Ask whoever sent you the link for another one."),
    ),
    429: Words(
        lazy_gettext("Too many requests"),
        lazy_gettext("Many people may share your connection. Wait a moment, then try again."),
    ),
    503: BY_CODE["busy"],
    500: Words(
        lazy_gettext("Something went wrong here"),
        lazy_gettext("It is our mistake, not yours. Please try again later; repeating what you did is harmless."),
    ),
}


def register_errors(app: Flask) -> None:
    """Answer every error with its page, or with its problem object where a program asks."""
    app.register_error_handler(PetitionError, _refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.log_exception = _log_without_details  # type: ignore[method-assign]
    app.before_request(_refuse_null)
    app.after_request(_name_no_host)


def answer(status: int, code: str, details: dict[str, Any] | None = None) -> Response:
    """Return the answer for an error: `details` may hold `retry_after` (seconds), `reason` (a code) and `errors`."""
    details = details or {}
    words = BY_CODE.get(code) or BY_STATUS.get(status) or BY_STATUS[500 if status >= 500 else 400]
    if _is_for_a_program():
        response = _problem(status, code, words, details)
    else:
        reason = details.get("reason")
        page = render_template(
            "error.html",
            status=status,
            code=code,
            heading=words.heading,
            message=words.message,
            reason=reason_words(str(reason)) if reason else None,
            retry=details.get("retry_after"),
        )
        response = make_response(page, status)
    if details.get("retry_after"):
        response.headers["Retry-After"] = str(details["retry_after"])
    return response


def _refusal(error: PetitionError) -> Response:
    details = dict(error.details)
    if isinstance(error, Busy):
        details.setdefault("retry_after", BUSY_RETRY_S)
    if error.status >= 500 and not isinstance(error, Busy):
        _log_error(error)
    return answer(error.status, error.code, details)


def _http_error(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    details: dict[str, Any] = {}
    if isinstance(error, RateLimitExceeded):
        details["retry_after"] = error.limit.limit.get_expiry()
    response = answer(error.code, HTTPStatus(error.code).phrase.lower().replace(" ", "-"), details)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _refuse_null() -> None:
    """Answer 404: no address of ours has U+0000 in it, and PostgreSQL takes it in no text."""
    if "\0" in request.path:
        abort(404)


def _name_no_host(response: Response) -> Response:
    """Take the host out of a redirect to the address as it is rightly written: a request can claim any host."""
    if isinstance(request.routing_exception, RequestRedirect):
        parts = urlsplit(request.routing_exception.new_url)
        here = f"/{parts.path.lstrip('/')}" + (f"?{parts.query}" if parts.query else "")
        response.location = here
        response.set_data(redirect(here).get_data())
    return response


def _is_for_a_program() -> bool:
    if request.path.startswith("/api/") or request.path.endswith(".json"):
        return True
    accepted = request.accept_mimetypes
    return max(accepted["application/json"], accepted[PROBLEM_JSON]) > accepted["text/html"]


def _problem(status: int, code: str, words: Words, details: dict[str, Any]) -> Response:
    shape = {
        "type": "about:blank",
        "title": str(words.heading),
        "status": status,
        "detail": str(words.message),
        "code": code,
        "instance": None if has_token_section(request.path) else request.path,
        "errors": details.get("errors") or {},
    }
    response = make_response(jsonify(shape), status)
    response.mimetype = PROBLEM_JSON
    return response


def _log_without_details(exc_info: Any) -> None:
    _log_error(exc_info[1])


def _log_error(error: BaseException) -> None:
    """Log type and place only: messages, paths and variables can hold a person's data or token."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    pattern = request.url_rule.rule if request.url_rule else "?"
    log.error("%s at %s (%s %s)", type(error).__name__, place, request.method, pattern)
