"""Measuring what stands behind the web: recorder, projections and publisher together, beside bare durable inserts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from service.app import Services
from service.eventlog.event_store import lock_log
from service.operations.bench_measure import Usage
from service.operations.bench_people import People
from service.operations.bench_runs import database_server, head_of
from service.publishing.checkpoint import publish
from service.signatures.recorder import BATCH_MAX, record_waiting

PAIRS = (("product", "ceiling"),)
SCRATCH = "bench_scratch"


def measure_record(services: Services, count: int, runs: int) -> Iterator[dict[str, Any]]:
    """Yield a line for each run over `count` signatures: product and ceiling in turn.

    The product takes what waits, appends, counts and publishes it, one pass after the other as a worker does; the
    ceiling inserts the same bytes in as many durable transactions and does nothing else.
    """
    people = People(services)
    people.confirmed(BATCH_MAX)
    _all_passes(services)  # warm
    for order in range(2 * runs):
        people.confirmed(count)
        leaves = _leaves(services)
        variant = PAIRS[0][order % 2]
        if variant == "ceiling":
            line = _timed(services, lambda: _bare_inserts(services, leaves), count)  # noqa: B023
            _all_passes(services)
        else:
            line = _timed(services, lambda: _all_passes(services), count)
        yield head_of("record", variant, services.database.dialect) | line | {
            "rows": _size(services), "run": order // 2 + 1, "order": order,
        }  # fmt: skip


def _all_passes(services: Services) -> None:
    now = services.clock.now()
    while record_waiting(services.log, now):
        services.runner.run_once()
        publish(services.database, services.keys, services.policy)
    services.runner.catch_up()
    publish(services.database, services.keys, services.policy)


def _timed(services: Services, work: Callable[[], None], count: int) -> dict[str, Any]:
    server = database_server(services.database)
    before, since = Usage.now(-1, server), time.perf_counter()
    work()
    took_s = time.perf_counter() - since
    used = Usage.now(-1, server).since(before)
    return {
        "seconds": round(took_s, 2), "rps": round(count / took_s, 1), "errors": 0, "busy": 0,
        "web_cpu_ms": round(used.own_s * 1000 / count, 3), "db_cpu_ms": round(used.db_s * 1000 / count, 3),
        "other_share": round(used.other_share(took_s), 3),
    }  # fmt: skip


def _leaves(services: Services) -> list[bytes]:
    with services.database.read() as connection:
        return [bytes(row) for row in connection.execute(sa.text("SELECT leaf FROM waiting")).scalars()]


def _bare_inserts(services: Services, leaves: list[bytes]) -> None:
    scratch = sa.Table(SCRATCH, sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
                       sa.Column("state", sa.LargeBinary))  # fmt: skip
    with services.database.write() as connection:
        scratch.create(connection)
    for start in range(0, len(leaves), BATCH_MAX):
        with services.database.write() as connection:
            lock_log(connection)
            connection.execute(sa.insert(scratch), [{"state": leaf} for leaf in leaves[start : start + BATCH_MAX]])
    with services.database.write() as connection:
        scratch.drop(connection)


def _size(services: Services) -> int:
    with services.database.read() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM signature")).scalar_one())
