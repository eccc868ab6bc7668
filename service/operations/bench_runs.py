"""Runs of a measurement: product and ceiling in turn, in the same processes; a JSON line each, and their ratio."""

from __future__ import annotations

import itertools
import json
import os
import platform
import secrets
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.app import Services, build_services
from service.clock import SystemClock
from service.config import Settings
from service.operations.bench_fill import fill
from service.operations.bench_load import Load, Step, Tally, generate
from service.operations.bench_measure import Usage, parent, percentile
from service.operations.bench_steps import Route, at_once
from service.operations.demo_appeal import open_appeal
from service.operations.demo_home import BENCH, Home
from service.operations.prepare import prepare
from service.operations.processes import TOP, Address, Processes
from service.store.database import Database

WARM_UP_S = 2.0
OTHERS_MOST = 0.15  # PERFORMANCE.md section 5: a run with busier neighbours is dropped
BUSY_MOST = 0.001  # the same, section 4: with more 503s a run has no rate
APPLICATION = "service.operations.bench_server:application()"


@dataclass(frozen=True)
class Plan:
    """How long, how often, over how many connections, on which database, at which address."""

    seconds: float
    runs: int
    connections: int
    database: str | None
    address: Address
    rows: int = 0  # signatures that are there before


@dataclass(frozen=True)
class Site:
    """The installation that is measured, with its web server running."""

    services: Services
    address: Address
    web_pid: int
    database_pid: int | None


@dataclass(frozen=True)
class Bench:
    """One measurement: its name, the variants (each product with its ceiling), and what a variant's steps are."""

    name: str
    pairs: tuple[tuple[str, str], ...]
    steps: Callable[[Site, Route], Iterator[Step]]
    rows: Callable[[Database], int]  # what the line says of the size of the database

    @property
    def variants(self) -> tuple[str, ...]:
        """Return all variants in the order in which they take turns."""
        return tuple(itertools.chain.from_iterable(self.pairs))


@contextmanager
def new_home(folder: Path) -> Iterator[Home]:
    """Make a folder of its own for a measurement, and delete it afterwards."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    home = Home(Path(tempfile.mkdtemp(prefix=BENCH, dir=folder)))
    try:
        home.make(fresh=False)
        yield home
    finally:
        shutil.rmtree(home.folder, ignore_errors=True)


def environ_of(plan: Plan, home: Home) -> dict[str, str]:
    """Return the settings of the installation that is measured."""
    environ = home.environ(plan.address, at_risk=False) | {"SIGN_LIMIT": "999999999/second"}
    return environ | ({"DATABASE_URL": plan.database} if plan.database else {})


@contextmanager
def installed(environ: dict[str, str]) -> Iterator[Services]:
    """Prepare an installation with the example appeal open, and close its database at the end."""
    settings = Settings.from_environment(environ)
    for _ in prepare(settings, SystemClock()):
        pass
    services = build_services(settings)
    try:
        open_appeal(services, at_risk=False)
        yield services
    finally:
        services.database.dispose()


def measure(plan: Plan, home: Home, bench: Bench) -> Iterator[dict[str, Any]]:
    """Yield a line for each run: all variants in turn, in the same processes."""
    environ = environ_of(plan, home)
    with ExitStack() as stack:
        services = stack.enter_context(installed(environ))
        fill(services, plan.rows)
        processes = stack.enter_context(Processes(environ, home.process_logs))
        processes.start_web(plan.address, application=APPLICATION)
        pid = processes.running["web"].pid
        site = Site(services, plan.address, pid, database_server(services.database))
        streams = {name: bench.steps(site, Route(plan.address, name)) for name in bench.variants}
        for name in bench.variants:
            generate(Load(plan.address, plan.connections, WARM_UP_S), at_once(streams[name]))
        turns = itertools.product(range(1, plan.runs + 1), bench.variants)
        for order, (run, name) in enumerate(turns):
            line = _one_run(plan, site, streams[name])
            yield _head(bench, plan, name) | line | {"run": run, "order": order, "rows": bench.rows(services.database)}


def summary(lines: list[dict[str, Any]], pairs: tuple[tuple[str, str], ...]) -> str:
    """Return for each product and its ceiling the rates, their range and ratio, the CPU time, and what was dropped.

    CPU time is of all runs without errors: busy neighbours move it little (PERFORMANCE.md section 5).
    """
    sound = [line for line in lines if _has_rate(line)]
    quiet = [line for line in sound if line["other_share"] <= OTHERS_MOST]
    said = [_compared(pair, quiet, sound) for pair in pairs]
    return "\n".join(
        [*said, f"{len(lines) - len(quiet)} of {len(lines)} runs dropped (busy neighbours, 503s, errors)."]
    )


def _compared(pair: tuple[str, str], quiet: list[dict[str, Any]], sound: list[dict[str, Any]]) -> str:
    rates = [[line["rps"] for line in quiet if line["variant"] == name] for name in pair]
    cpu = [[line["web_cpu_ms"] + line["db_cpu_ms"] for line in sound if line["variant"] == name] for name in pair]
    said = [f"{name} {statistics.median(found):.0f}/s ({min(found):.0f} to {max(found):.0f}, {len(found)} runs)"
            if found else f"{name} not measured" for name, found in zip(pair, rates, strict=True)]  # fmt: skip
    if all(rates):
        said.append(f"ratio {statistics.median(rates[0]) / statistics.median(rates[1]):.2f}")
    if all(cpu):
        ours, ceiling = (statistics.median(found) for found in cpu)
        said.append(f"CPU {ours:.3f} and {ceiling:.3f} ms a step, ratio {ours / max(ceiling, 0.001):.2f}")
    return "; ".join(said)


def database_server(database: Database) -> int | None:
    """Return the process id of the database's server, if it has one on this machine."""
    if database.dialect == "sqlite":
        return None
    with database.read() as connection:
        return parent(int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()), "postgres")


def figures(tally: Tally, took_s: float, used: Usage) -> dict[str, Any]:
    """Return what a run's line says of its answers, their times and the CPU time they took."""
    times = {f"p{share}_ms": round(percentile(tally.step_ms, share / 100), 1) for share in (50, 95, 99)}
    return {
        "seconds": round(took_s, 1), "rps": round(tally.steps / took_s, 1), **times,
        "max_ms": round(max(tally.step_ms, default=0.0), 1),
        "first_p50_ms": round(percentile(tally.first_ms, 0.5), 1),
        "errors": tally.errors, "busy": tally.busy,
        "web_cpu_ms": round(used.web_s * 1000 / max(1, tally.steps), 3),
        "db_cpu_ms": round(used.db_s * 1000 / max(1, tally.steps), 3),
        "other_share": round(used.other_share(took_s), 3),
    }  # fmt: skip


def head_of(bench: str, variant: str, store: str) -> dict[str, Any]:
    """Return how a line begins: what was measured, on what, at which commit."""
    return {
        "bench": bench, "variant": variant, "store": store, "id": secrets.token_hex(4), "commit": _commit(),
        "python": platform.python_version(), "cores": os.cpu_count(),
    }  # fmt: skip


def append_json(path: Path | None, line: dict[str, Any]) -> None:
    """Append a line to a file of them, if there is one."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _one_run(plan: Plan, site: Site, steps: Iterator[Step]) -> dict[str, Any]:
    before, since = Usage.now(site.web_pid, site.database_pid), time.perf_counter()
    tally = generate(Load(plan.address, plan.connections, plan.seconds), at_once(steps))
    took_s = time.perf_counter() - since
    return figures(tally, took_s, Usage.now(site.web_pid, site.database_pid).since(before))


def _head(bench: Bench, plan: Plan, variant: str) -> dict[str, Any]:
    store = "postgresql" if plan.database else "sqlite"
    return head_of(bench.name, variant, store) | {"connections": plan.connections}


def _has_rate(line: dict[str, Any]) -> bool:
    answered = line["rps"] * line["seconds"]
    return bool(line["errors"] == 0 and line["busy"] <= BUSY_MOST * max(1.0, answered))


def _commit() -> str:
    command = ["git", "-C", str(TOP), "rev-parse", "--short=12", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""  # installed without its history
