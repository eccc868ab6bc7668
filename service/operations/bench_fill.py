"""A database of many signatures, made by the same statements, recorder and projections that a service runs."""

from __future__ import annotations

from collections.abc import Callable

from service.app import Services
from service.operations.bench_people import People
from service.publishing.checkpoint import publish
from service.readmodel.rebuild import PAGE
from service.signatures.recorder import record_waiting

FIRST = 1_000_000_000  # above the numbers of those who sign while something is measured
CHUNK = 5_000  # signatures between two passes of the recorder: what waits stays small, as it does in service


def fill(services: Services, count: int, told: Callable[[int], None] = lambda _: None) -> None:
    """Store so many confirmed signatures with their records and pages, append, count and publish them."""
    if count <= 0:
        return
    people, left = People(services, first=FIRST), count
    while left:
        chunk = min(CHUNK, left)
        people.confirmed(chunk, told)
        left -= chunk
        while record_waiting(services.log, services.clock.now()):
            pass
        services.runner.catch_up(PAGE)
    publish(services.database, services.keys, services.policy)
