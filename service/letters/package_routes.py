"""The page behind a link to a package with names: a button fetches it, another says that it arrived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from service.clock import Clock, day_of
from service.errors import NotFound
from service.eventlog.log import PetitionLog
from service.letters.fetching import Delivery, fetch_package, package_view, receive_package
from service.letters.queries import LetterView, letter
from service.letters.schemas import PackageSchema
from service.vault.keys import Keys
from service.web.forms import FieldErrors, read_form

NoteAccess = Callable[[sa.Connection, str, str, tuple[str, int]], None]
"""Notes in the record of access: what was done, the day, of which letter and about how many."""


@dataclass(frozen=True)
class PackagePages:
    """What the page needs."""

    log: PetitionLog
    keys: Keys
    clock: Clock
    note: NoteAccess


def pages(needed: PackagePages) -> Blueprint:
    """Return the blueprint; whoever holds the link is its addressee."""
    blueprint = Blueprint("packages", __name__)

    @blueprint.get("/package/<token>")
    def package(token: str) -> str:
        """Show a button and change nothing: mail scanners open links. 404 if unknown, 423 once it is over."""
        return _page(needed, token, [])

    @blueprint.post("/package/<token>")
    def package_posted(token: str) -> ResponseReturnValue:
        """Hand the package out, or lock it because it arrived."""
        loaded, errors = read_form(request, PackageSchema())
        if errors:
            return _page(needed, token, errors), 422
        now = needed.clock.now()
        if loaded["action"] == "received":
            return _received(needed, receive_package(needed.log, token, now))
        delivery = fetch_package(needed.log, needed.keys, token, now)
        _note(needed, "package fetched", delivery.letter, delivery.named)
        return _file(delivery)

    return blueprint


def _page(needed: PackagePages, token: str, errors: FieldErrors) -> str:
    with needed.log.database.read() as connection:
        view = package_view(connection, token, needed.clock.now())
    return render_template("letters/package.html", package=view, letter=view.letter, errors=errors)


def _received(needed: PackagePages, letter_id: str) -> str:
    _note(needed, "package received", letter_id, 1)
    with needed.log.database.read() as connection:
        found = _letter(connection, letter_id)
    return render_template("letters/package_received.html", letter=found)


def _letter(connection: sa.Connection, letter_id: str) -> LetterView | None:
    try:
        return letter(connection, letter_id)
    except NotFound:  # the read models are being made anew
        return None


def _note(needed: PackagePages, what: str, letter_id: str, number: int) -> None:
    with needed.log.database.write() as connection:
        needed.note(connection, what, day_of(needed.clock.now()), (letter_id, number))


def _file(delivery: Delivery) -> Response:
    response = Response(delivery.content, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{delivery.file_name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
