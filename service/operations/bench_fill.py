"""A database of many signatures, made by the same statements, recorder and projections that a service runs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from service.app import Services
from service.operations.bench_people import People
from service.publishing.checkpoint import publish
from service.readmodel.rebuild import PAGE
from service.signatures.recorder import record_waiting
from service.store.bulk import insert_rows
from service.store.tables import record
from service.vault.sealing import new_key, record_associated, seal, wrap

FIRST = 1_000_000_000  # above the numbers of those who sign while something is measured
NOWHERE = "bench"  # the campaign of records that stand for keys alone
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


def fill_keys(services: Services, count: int, told: Callable[[int], None] = lambda _: None) -> None:
    """Store so many sealed records, each under a key of its own, of people who signed nothing: keys to wrap again."""
    for start in range(0, count, CHUNK):
        rows = [_sealed(services, secrets.token_hex(16)) for _ in range(min(CHUNK, count - start))]
        with services.database.write() as connection:
            insert_rows(connection, record, rows)
        told(len(rows))


def _sealed(services: Services, name: str) -> dict[str, Any]:
    associated, key = record_associated(NOWHERE, name, ""), new_key()
    kek, wrapped = wrap(services.keys, key, associated)
    content = {"name": "Made-up Person", "email": f"{name}@example.org"}
    return {
        "id": name, "signature": name, "campaign": NOWHERE, "commitment": "", "kek": kek, "wrapped_key": wrapped,
        "sealed": seal(key, content, associated),
    }  # fmt: skip
