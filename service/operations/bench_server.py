"""The server that is measured: the product and its ceilings in the same processes.

A request with the header ``X-Bench: ceiling`` runs through the same routes, schema, sealing, token and pages, with a
store that answers at once: rows come from memory, and what would be written is dropped. ``X-Bench: bare`` is answered
by a Flask app that does nothing but hand out the product's page from memory, or a 304 for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import gevent
import sqlalchemy as sa
from flask import Flask, Response, request

from service.app import build_services, create_app
from service.config import Settings
from service.operations.logging import log_requests
from service.signatures import link_routes, mine_routes, routes
from service.signatures.confirmation import DONE
from service.store.database import Database
from service.store.group_commit import Writer

READS = {  # what the measured pages ask of the store
    routes: ("campaign_by_ref", "standing_text", "consent_text", "text_in"),
    link_routes: ("pressed_by_link",),
    mine_routes: ("own_rows", "vkeys_in_use"),
}


class ForgetfulWriter(Writer):
    """A writer that answers at once and stores nothing; it gives way once, as one that waits does."""

    def _carry(self, _kind: str, _row: Any) -> Any:
        gevent.sleep(0)
        return DONE


class Memory:
    """A database of which every question was answered before."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self._answers: dict[tuple[str, ...], Any] = {}

    @contextmanager
    def read(self) -> Iterator[Memory]:
        """Stand in for a read transaction, and for single questions."""
        yield self

    ask = read

    def answer(self, question: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Return the answer to a question; the first time it is asked of the real database."""
        named = (getattr(each, "id", None) or str(each) for each in arguments if not isinstance(each, datetime))
        key = (question.__name__, *named)
        if key not in self._answers:
            with self.real.read() as connection:
                self._answers[key] = question(connection, *arguments)
        return self._answers[key]


def application() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Return the WSGI application that holds both."""
    services = build_services(Settings.from_environment())
    product, ceiling = create_app(services), create_app(dataclasses.replace(services, writer=ForgetfulWriter()))
    _take_storage_away(ceiling, services.database)
    for app in (product, ceiling):
        log_requests(app)

    chosen = {"ceiling": ceiling, "bare": bare(product)}

    def choose(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        variant = environ.get("HTTP_X_BENCH", "").partition("-")[0]
        return chosen.get(variant, product)(environ, start_response)

    return choose


def bare(product: Flask) -> Flask:
    """Return a Flask app that hands out the product's pages from memory: no hook, no log line, no language."""
    app = Flask("bare", static_folder=None)
    pages: dict[str, tuple[bytes, str]] = {}

    @app.get("/<path:path>")
    def page(path: str) -> Response:
        if path not in pages:
            answer = product.test_client().get(f"/{path}")
            pages[path] = answer.data, answer.headers["ETag"]
        body, etag = pages[path]
        response = Response(body, content_type="text/html; charset=utf-8")
        response.headers["ETag"] = etag
        response.make_conditional(request)
        return response

    return app


def _take_storage_away(app: Flask, database: Database) -> None:
    pages: routes.SignaturePages = app.extensions["signatures"]
    memory: Any = Memory(database)
    app.extensions["signatures"] = dataclasses.replace(
        pages,
        database=memory,
        desk=dataclasses.replace(pages.desk, database=memory),
        receipt_of=_remembered(pages.receipt_of),
        letters_of_signature=_remembered(pages.letters_of_signature),
    )
    for module, names in READS.items():
        for name in names:
            setattr(module, name, _remembered(getattr(module, name)))


def _remembered(question: Callable[..., Any]) -> Callable[..., Any]:
    def ask(connection: sa.Connection | Memory, *arguments: Any) -> Any:
        if isinstance(connection, Memory):
            return connection.answer(question, arguments)
        return question(connection, *arguments)

    return ask
