"""Measuring the renewal of the key-encryption key while people sign: the same load without it and with it, in turn."""

from __future__ import annotations

import itertools
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.app import Services
from service.errors import PetitionError
from service.operations.bench_fill import fill, fill_keys
from service.operations.bench_kinds import SIGN_FORM, form_fields
from service.operations.bench_load import Arrivals, Load, Tally, generate
from service.operations.bench_measure import Usage, percentile
from service.operations.bench_runs import (
    OTHERS_MOST,
    WARM_UP_S,
    Plan,
    database_server,
    environ_of,
    figures,
    head_of,
    installed,
)
from service.operations.bench_steps import Route, sign_step
from service.operations.demo_home import BENCH, Home
from service.operations.processes import TOP, Processes
from service.signatures.rows import opened_record
from service.store.tables import pending, record

PAIRS = (("rotation", "usual"),)
OPENED = 100  # records that are opened after each run
COMMAND = ("-m", "service.cli")


@dataclass
class Renewal:
    """`petition keys rewrap` as a process of its own: how far it is, and what it took."""

    backups: Path
    process: subprocess.Popen[str]
    said: str = ""
    cpu_s: float = 0.0
    peak_bytes: int = 0
    has_begun: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def begin(cls, environ: dict[str, str], backups: Path) -> Renewal:
        """Start it, or go on with one that was ended, and wait until it says so.

        Its backup goes into a folder that is not there yet.
        """
        command = [sys.executable, *COMMAND, "keys", "rewrap", "--backup", str(backups)]
        said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        begun = cls(backups, subprocess.Popen(command, cwd=TOP, env=environ, **said))  # type: ignore[call-overload]
        threading.Thread(target=begun._watch, daemon=True).start()
        begun.has_begun.wait()
        return begun

    @property
    def phase(self) -> str:
        """Return ``wrapping``, or ``backup`` once the backup was begun."""
        return "backup" if self.backups.exists() else "wrapping"

    @property
    def is_done(self) -> bool:
        """Return whether the old key is destroyed. :raises PetitionError: if it failed."""
        if self.process.returncode not in (0, -signal.SIGTERM):
            raise PetitionError(f"petition keys rewrap ended with code {self.process.returncode}: {self.said}")
        return self.process.returncode == 0

    def end(self) -> None:
        """End it wherever it is, unless it came to its end."""
        if not self.is_over.is_set():
            os.kill(self.process.pid, signal.SIGTERM)
            self.is_over.wait()

    def _watch(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            self.said = stdout.readline()
            self.has_begun.set()
            self.said += stdout.read()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_s, self.peak_bytes = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
        self.is_over.set()


@dataclass
class _Signing:
    """People who send the form at a steady rate; each step is told under the phase in which it began."""

    plan: Plan
    rate: float  # a second; 0: as soon as a connection is free
    fields: dict[str, str]
    acknowledged: int = 0
    _names: Iterator[str] = field(default_factory=lambda: map(f"{secrets.token_hex(4)}-{{}}".format, itertools.count()))

    def goes_on(self, seconds: float, renewal: Renewal | None = None) -> Tally:
        """Let people sign for so long; a backup that was begun is waited for."""
        tally = generate(Load(self.plan.address, self.plan.connections, inf), self._arrivals(seconds, renewal))
        self.acknowledged += tally.steps
        return tally

    def _arrivals(self, seconds: float, renewal: Renewal | None) -> Arrivals:
        route, since = Route(self.plan.address, "product"), time.perf_counter()
        for number in itertools.count():
            phase = renewal.phase if renewal else "usual"
            is_over = renewal is not None and renewal.is_over.is_set()
            if is_over or (phase != "backup" and time.perf_counter() - since >= seconds):
                return
            step = sign_step(route, SIGN_FORM, self.fields, f"{next(self._names)}@example.org")
            yield number / self.rate if self.rate else 0.0, step, phase


def measure_rotation(plan: Plan, home: Home, rate: float, keys: int) -> Iterator[dict[str, Any]]:
    """Yield a line for each `plan.seconds` of signing: as usual and beside a renewal, in turn, to the renewal's end.

    A renewal is ended after its turn, wherever it is, and goes on in its next one. Before all that `keys` sealed
    records are stored, beside those of `plan.rows` signatures.

    :raises PetitionError: if a renewal fails, or a form that was acknowledged or a key that was wrapped is lost.
    """
    environ = environ_of(plan, home)
    with ExitStack() as stack:
        services = stack.enter_context(installed(environ))
        fill(services, plan.rows)
        fill_keys(services, keys)
        processes = stack.enter_context(Processes(environ, home.process_logs))
        processes.start_web(plan.address)
        pids = processes.running["web"].pid, database_server(services.database)
        signing, forms = _Signing(plan, rate, form_fields(plan.address)), _forms(services)
        signing.goes_on(WARM_UP_S)
        run = order = 0
        while run < plan.runs:
            under = _records(services)
            with renewing(processes.environ, home) if order % 2 else nullcontext() as renewal:
                before, since = Usage.now(*pids), time.perf_counter()
                tally = signing.goes_on(plan.seconds, renewal)
                took_s = time.perf_counter() - since
            line = figures(tally, took_s, Usage.now(*pids).since(before)) | _phases(tally)
            _refuse_lost(services, forms + signing.acknowledged)
            yield head_of("rotate", PAIRS[0][order % 2 == 0], services.database.dialect) | line | {
                "connections": plan.connections, "rate": rate, "run": run + 1, "order": order,
                **(_progress(renewal, under, _records(services), took_s) if renewal else {}),
            }  # fmt: skip
            run, order = run + (renewal is not None and renewal.is_done), order + 1


def summary(lines: list[dict[str, Any]]) -> str:
    """Return for people how the times compare, and whether anybody was refused."""
    sound = [line for line in lines if line["errors"] == 0]
    rotation, usual = ([line for line in sound if line["variant"] == name] for name in PAIRS[0])
    refused = sum(line["busy"] + line["errors"] for line in lines)
    quiet = sum(line["other_share"] <= OTHERS_MOST for line in lines)
    said = []
    if rotation and usual:
        for share in ("p50", "p99"):
            ours, others = (_median(found, f"{share}_ms") for found in (rotation, usual))
            said.append(f"{share} {ours:.1f} and usually {others:.1f} ms, ratio {ours / max(others, 0.1):.2f}")
        said.append(f"{max(line['keys_s'] for line in rotation):,} keys/s at most")
        said.append(f"peak {max(line['rewrap_peak_mb'] for line in rotation)} MB")
    return "; ".join([*said, f"{refused} refused or failed", f"{quiet} of {len(lines)} runs without busy neighbours"])


@contextmanager
def renewing(environ: dict[str, str], home: Home) -> Iterator[Renewal]:
    """Renew the key-encryption key beside what the block does; its backup is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix=BENCH, dir=home.folder) as folder:
        renewal = Renewal.begin(environ, Path(folder) / "backups")
        try:
            yield renewal
        finally:
            renewal.end()


def _median(lines: list[dict[str, Any]], name: str) -> float:
    return float(statistics.median(line[name] for line in lines))


def _progress(renewal: Renewal, before: dict[int, int], after: dict[int, int], took_s: float) -> dict[str, Any]:
    newest = max(after, default=0)
    records = after.get(newest, 0) - before.get(newest, 0)
    return {
        "is_done": renewal.is_done, "records": records, "keys_s": round(records / took_s),
        "rewrap_cpu_s": round(renewal.cpu_s, 1), "rewrap_peak_mb": round(renewal.peak_bytes / 1e6),
    }  # fmt: skip


def _records(services: Services) -> dict[int, int]:
    """Return how many records are under each key."""
    asked = sa.select(record.c.kek, sa.func.count()).group_by(record.c.kek)
    with services.database.read() as connection:
        return dict(connection.execute(asked).tuples().all())


def _phases(tally: Tally) -> dict[str, float]:
    return {
        f"{phase}_p{share}_ms": round(percentile(found, share / 100), 1)
        for phase, found in sorted(tally.kinds_ms.items())
        for share in (50, 99)
        if phase != "usual"
    }


def _forms(services: Services) -> int:
    with services.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(pending)).scalar_one())


def _refuse_lost(services: Services, forms: int) -> None:
    """Look whether every acknowledged form is stored, and records open with the keys that are there."""
    found = _forms(services)
    if found < forms:
        raise PetitionError(f"{forms - found} acknowledged forms are not in the database")
    with services.database.read() as connection:
        for signature in connection.scalars(sa.select(record.c.signature).limit(OPENED)):
            opened_record(connection, services.keys, signature)
