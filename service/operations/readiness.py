"""`/readyz`: whether a load balancer should send people to this process, and if not, why."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, Response

from service.app import Services
from service.errors import PetitionError
from service.operations.figures import read_figures
from service.store.schema import check_schema
from service.web.fresh import Fresh

ASKED_EVERY_S = 1.0  # several load balancers may ask at once
RETRY_AFTER_S = "5"
ROLLED_BACK = "The log ends before what was counted or published: the database was rolled back. Restore it first."
QUEUE_FULL = "As many requests wait for the database as may."


def add_readiness(app: Flask, services: Services) -> None:
    """Add `/readyz`: 200, or 503 with one line for each thing that is wrong."""
    fresh = Fresh(ASKED_EVERY_S)

    def readyz() -> Response:
        wrong = [*fresh.get("store", lambda: list(store_problems(services))), *queue_problems(services)]
        response = Response("".join(f"{line}\n" for line in wrong) or "ready\n", mimetype="text/plain")
        response.headers["Cache-Control"] = "no-store"
        if wrong:
            response.status_code = 503
            response.headers["Retry-After"] = RETRY_AFTER_S
        return response

    app.add_url_rule("/readyz", "readyz", readyz)


def store_problems(services: Services) -> Iterator[str]:
    """Yield what is wrong with the database: away, of another version, or rolled back."""
    for name, check in (("database", _schema), ("log", _rolled_back)):
        try:
            check(services)
        except PetitionError as error:
            yield f"{name}: {error}"
            return


def queue_problems(services: Services) -> Iterator[str]:
    """Yield that this process takes nothing more just now, if that is so."""
    if services.writer.is_full:
        yield f"queue: {QUEUE_FULL}"


def _schema(services: Services) -> None:
    check_schema(services.database)


def _rolled_back(services: Services) -> None:
    with services.database.read() as connection:
        if read_figures(connection, services.clock.now()).is_rolled_back:
            raise PetitionError(ROLLED_BACK)
