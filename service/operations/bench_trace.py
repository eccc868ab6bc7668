"""Replays the history of a petition against a running web server and worker, and counts what became of it."""

from __future__ import annotations

import bisect
import itertools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from service.app import Services
from service.operations.bench_history import Minute, moments
from service.operations.bench_kinds import APPEAL, SIGN_FORM, form_fields
from service.operations.bench_load import Arrivals, Load, Outcome, Step, generate, merged
from service.operations.bench_measure import Usage, percentile
from service.operations.bench_people import People
from service.operations.bench_runs import Plan, database_server, environ_of, figures, head_of, installed
from service.operations.bench_steps import END_OF_PAGE, Route, confirm_step, read_step, sign_step
from service.operations.demo_home import REF, Home
from service.operations.processes import Processes
from service.store.tables import outbox

SEED = 2019
MAIL_S = 30.0  # between the form and the button, in the history's own time
SETTLE_MAX_S = 120.0
COUNT = f"/c/{REF}/count.json"


@dataclass
class Seen:
    """When confirmations were acknowledged, and which counts readers saw when; seconds of `time.perf_counter`."""

    acknowledged: list[float] = field(default_factory=list)
    counts: list[tuple[float, int]] = field(default_factory=list)

    def staleness_s(self) -> list[float]:
        """Return, for each acknowledged confirmation that a reader saw counted, how long that took."""
        highest = list(itertools.accumulate((count for _, count in self.counts), max))
        found = []
        for number, at in enumerate(sorted(self.acknowledged), 1):
            place = bisect.bisect_left(highest, number)
            if place < len(highest):
                found.append(max(0.0, self.counts[place][0] - at))
        return found


def replay_history(plan: Plan, home: Home, history: list[Minute], speed: float) -> tuple[dict[str, Any], Seen]:
    """Run a history `speed` times faster against a new installation; return the line and what was seen."""
    environ = environ_of(plan, home)
    with installed(environ) as services, Processes(environ, home.process_logs) as processes:
        links = People(services).sign(sum(each.signatures for each in history))
        with services.database.write() as connection:
            connection.execute(sa.delete(outbox))  # those mails stand for being read at once
        processes.start_web(plan.address)
        processes.start_worker()
        pids = processes.running["web"].pid, database_server(services.database)
        seen = Seen()
        before, since = Usage.now(*pids), time.perf_counter()
        arrivals = _arrivals(plan, history, links, speed, seen)
        tally = generate(Load(plan.address, plan.connections, float("inf")), arrivals)
        took_s = time.perf_counter() - since
        line = head_of("trace", "product", services.database.dialect) | figures(
            tally, took_s, Usage.now(*pids).since(before)
        )
        line |= {"connections": plan.connections, "speed": speed, **_tails(tally.kinds_ms), **_fate(services, seen)}
        return line, seen


def _arrivals(plan: Plan, history: list[Minute], links: list[str], speed: float, seen: Seen) -> Arrivals:
    route = Route(plan.address, "product")
    fields, numbers = form_fields(plan.address), itertools.count()
    signing = moments(history, "signatures", speed, SEED)
    confirming = (at + MAIL_S / speed for at in moments(history, "signatures", speed, SEED))
    reading = moments(history, "reads", speed, SEED)

    def sign(at: float) -> tuple[float, Step, str]:
        return (
            at,
            _journey(route, SIGN_FORM, sign_step(route, SIGN_FORM, fields, f"t{next(numbers)}@example.org")),
            "sign",
        )

    def confirm(at: float, link: str) -> tuple[float, Step, str]:
        return at, _acknowledged(seen, _journey(route, f"/confirm/{link}", confirm_step(route, link))), "confirm"

    def read(at: float) -> tuple[float, Step, str]:
        return at, read_step(route, APPEAL, "") if next(numbers) % 4 else _count_step(route, seen), "read"

    return merged(
        (sign(at) for at in signing),
        (confirm(at, link) for at, link in zip(confirming, links, strict=True)),
        (read(at) for at in reading),
    )


def _journey(route: Route, path: str, rest: Step) -> Step:
    """Open the page first, as a person does."""
    answer = yield route.get(path)
    if answer.status != 200 or END_OF_PAGE not in answer.body:
        return answer.outcome
    return (yield from rest)


def _acknowledged(seen: Seen, step: Step) -> Step:
    outcome = yield from step
    if outcome is Outcome.DONE:
        seen.acknowledged.append(time.perf_counter())
    return outcome


def _count_step(route: Route, seen: Seen) -> Step:
    answer = yield route.get(COUNT)
    if answer.status != 200:
        return answer.outcome
    seen.counts.append((time.perf_counter(), int(json.loads(answer.body)["active"])))
    return Outcome.DONE


def _fate(services: Services, seen: Seen) -> dict[str, Any]:
    """Wait until all that was acknowledged is counted, and return what became of it."""
    acknowledged, pause = len(seen.acknowledged), threading.Event()
    until = time.perf_counter() + SETTLE_MAX_S
    while (fate := _figures(services))["counted"] < acknowledged and time.perf_counter() < until:
        pause.wait(0.1)
    stale = seen.staleness_s()
    return {
        "acknowledged": acknowledged, **fate, "lost": max(0, acknowledged - fate["recorded"]),
        "stale_p50_s": round(percentile(stale, 0.5), 2), "stale_p99_s": round(percentile(stale, 0.99), 2),
        "stale_max_s": round(max(stale, default=0.0), 2),
    }  # fmt: skip


def _figures(services: Services) -> dict[str, int]:
    recorded = sa.text("SELECT count(*) FROM event WHERE topic = 'signature.recorded'")
    counted = sa.text("SELECT coalesce(sum(active), 0) FROM read_counts")
    with services.database.read() as connection:
        return {"recorded": int(connection.execute(recorded).scalar_one()),
                "counted": int(connection.execute(counted).scalar_one())}  # fmt: skip


def _tails(kinds_ms: dict[str, list[float]]) -> dict[str, float]:
    return {
        f"{kind}_p{share}_ms": round(percentile(found, share / 100), 1)
        for kind, found in sorted(kinds_ms.items())
        for share in (50, 99)
    }


def curves_of(seen: Seen) -> dict[str, list[tuple[float, float]]]:
    """Return what was acknowledged and what readers saw, over the seconds since the first of them."""
    acknowledged = sorted(seen.acknowledged)
    began = min([at for at, _ in seen.counts] + acknowledged, default=0.0)
    step = max(1, len(acknowledged) // 300)
    return {
        "acknowledged": [(at - began, float(n)) for n, at in enumerate(acknowledged, 1) if n % step == 0],
        "seen by readers": list(_thinned([(at - began, float(count)) for at, count in seen.counts])),
    }


def _thinned(points: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    yield from points[:: max(1, len(points) // 300)]
