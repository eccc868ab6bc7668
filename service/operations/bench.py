"""Measuring the product beside its own ceiling: ratios, because rates do not carry over to another machine."""

from __future__ import annotations

import itertools
import json
import os
import platform
import secrets
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import click
import sqlalchemy as sa

from service.app import build_services
from service.clock import SystemClock
from service.config import Settings
from service.operations.bench_load import Load, Tally, generate
from service.operations.bench_measure import Usage, parent, percentile
from service.operations.bench_replay import replay
from service.operations.demo_appeal import open_appeal
from service.operations.demo_home import BENCH, REF, Home
from service.operations.demo_visitor import Visitor
from service.operations.prepare import prepare
from service.operations.processes import TOP, Address, Processes
from service.store.database import Database
from service.store.tables import outbox, pending

WARM_UP_S = 2.0
VARIANTS = ("product", "ceiling")
OTHERS_MOST = 0.15  # PERFORMANCE.md section 5: a run with busier neighbours is dropped
BUSY_MOST = 0.001  # the same, section 4: with more 503s a run has no rate


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    seconds: float
    runs: int
    connections: int
    database: str | None
    address: Address


@click.group()
def bench() -> None:
    """Measurements. Example: petition bench sign --seconds 20"""


bench.add_command(replay)


@bench.command("sign")
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1), help="Length of one run.")
@click.option("--runs", default=3, show_default=True, type=click.IntRange(1), help="Runs of each variant, interleaved.")
@click.option("--connections", default=64, show_default=True, type=click.IntRange(1, 1024))
@click.option("--database", help="An empty PostgreSQL database, postgresql://…; without: SQLite in a new folder.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535))
@click.option("--folder", default=TOP / "var", type=click.Path(path_type=Path), help="On the disk to measure. [var]")
@click.option("--out", type=click.File("a", encoding="utf-8"), help="Append the JSON lines to this file, too.")
def sign(
    seconds: float, runs: int, connections: int, database: str | None, port: int, folder: Path, out: TextIO | None
) -> None:
    """Measure signing (the form and the page after it) against the same server without storage.

    Prints a JSON line a run and the ratio. Example: petition bench sign --seconds 20 --runs 3
    """
    plan = Plan(seconds, runs, connections, database, Address("127.0.0.1", port))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    home = Home(Path(tempfile.mkdtemp(prefix=BENCH, dir=folder)))
    try:
        lines = []
        for line in measure(plan, home):
            lines.append(line)
            _print(line, out)
        click.echo(summary(lines), err=True)
    finally:
        shutil.rmtree(home.folder, ignore_errors=True)


def measure(plan: Plan, home: Home) -> Iterator[dict[str, Any]]:
    """Yield a line for each run: product and ceiling in turn, in the same processes."""
    home.make(fresh=False)
    environ = home.environ(plan.address, at_risk=False) | {"SIGN_LIMIT": "999999999/second"}
    environ |= {"DATABASE_URL": plan.database} if plan.database else {}
    settings = Settings.from_environment(environ)
    for _ in prepare(settings, SystemClock()):
        pass
    services = build_services(settings)
    open_appeal(services, at_risk=False)
    with ExitStack() as stack:
        stack.callback(services.database.dispose)
        processes = stack.enter_context(Processes(environ, home.process_logs))
        processes.start_web(plan.address, application="service.operations.bench_server:application()")
        pids = (processes.running["web"].pid, _database_server(services.database))
        fields = _form_fields(plan.address)
        addresses = (f"person-{number}@example.org" for number in itertools.count())
        for variant in VARIANTS:
            generate(_load(plan, fields, variant, WARM_UP_S), addresses)
        for order, (run, variant) in enumerate(itertools.product(range(1, plan.runs + 1), VARIANTS)):
            yield _one_run(plan, _load(plan, fields, variant, plan.seconds), addresses, pids) | {
                "run": run, "order": order, "rows": _rows(services.database)
            }


def summary(lines: list[dict[str, Any]]) -> str:
    """Return the ratio of the product to its ceiling, with the range over the runs, and what was dropped."""
    good = [line for line in lines if line["other_share"] <= OTHERS_MOST and _has_rate(line)]
    by_variant = {name: [line["rps"] for line in good if line["variant"] == name] for name in VARIANTS}
    if not all(by_variant.values()):
        return f"Not measured: {len(lines) - len(good)} of {len(lines)} runs dropped (busy neighbours, 503s, errors)."
    middle = {name: statistics.median(rates) for name, rates in by_variant.items()}
    parts = [f"{name} {middle[name]:.0f} steps/s ({min(rates):.0f} to {max(rates):.0f}, {len(rates)} runs)"
             for name, rates in by_variant.items()]
    ratio = middle["product"] / middle["ceiling"]
    return f"{'; '.join(parts)}; ratio {ratio:.2f}; {len(lines) - len(good)} of {len(lines)} runs dropped"


def _has_rate(line: dict[str, Any]) -> bool:
    answered = line["rps"] * line["seconds"]
    return bool(line["errors"] == 0 and line["busy"] <= BUSY_MOST * max(1.0, answered))


def _form_fields(address: Address) -> dict[str, str]:
    visitor = Visitor(address.base_url)
    form = visitor.get(f"/en/c/{REF}/sign").form(with_field="full_name")
    return dict(form.filled(full_name="Ada Example", country="GB", disclosure="counted", consent="yes"))


def _load(plan: Plan, fields: dict[str, str], variant: str, seconds: float) -> Load:
    return Load(plan.address, f"/en/c/{REF}/sign", fields, plan.connections, seconds, variant)


def _one_run(plan: Plan, load: Load, addresses: Iterator[str], pids: tuple[int, int | None]) -> dict[str, Any]:
    before, since = Usage.now(*pids), time.perf_counter()
    tally = generate(load, addresses)
    took_s = time.perf_counter() - since
    used = Usage.now(*pids).since(before)
    return _line(plan, load, tally, took_s) | {
        "web_cpu_ms": round(used.web_s * 1000 / max(1, tally.steps), 3),
        "db_cpu_ms": round(used.db_s * 1000 / max(1, tally.steps), 3),
        "other_share": round(used.other_share(took_s), 3),
    }


def _line(plan: Plan, load: Load, tally: Tally, took_s: float) -> dict[str, Any]:
    times = {f"p{share}_ms": round(percentile(tally.step_ms, share / 100), 1) for share in (50, 95, 99)}
    return {
        "bench": "sign", "variant": load.variant, "store": "postgresql" if plan.database else "sqlite",
        "connections": load.connections, "seconds": round(took_s, 1), "rps": round(tally.steps / took_s, 1), **times,
        "max_ms": round(max(tally.step_ms, default=0.0), 1), "post_p50_ms": round(percentile(tally.post_ms, 0.5), 1),
        "errors": tally.errors, "busy": tally.busy, "id": secrets.token_hex(4), "commit": _commit(),
        "python": platform.python_version(), "cores": os.cpu_count(),
    }


def _database_server(database: Database) -> int | None:
    """Return the process id of the database's server, if it has one on this machine."""
    if database.dialect == "sqlite":
        return None
    with database.read() as connection:
        return parent(int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()), "postgres")


def _rows(database: Database) -> int:
    with database.read() as connection:
        forms = connection.execute(sa.select(sa.func.count()).select_from(pending)).scalar_one()
        mails = connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()
    return int(min(forms, mails))


def _commit() -> str:
    head = TOP / ".git" / "HEAD"
    if not head.exists():
        return ""
    text = head.read_text().strip()
    ref = TOP / ".git" / text.removeprefix("ref: ")
    return (ref.read_text().strip() if ref.exists() else text)[:12]


def _print(line: dict[str, Any], out: TextIO | None) -> None:
    for stream in filter(None, (sys.stdout, out)):
        click.echo(json.dumps(line), file=stream)
