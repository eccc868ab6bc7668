"""`petition bench replay`: how fast the auditor's program replays a log, beside the hashing that no replay can save."""

from __future__ import annotations

import json
import os
import platform
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, TextIO

import click

from service.operations.bench_log import write_log
from service.operations.processes import TOP

HASHED_ENTRIES = 200_000  # of the log's first; enough for a steady figure
# A program of its own: nothing of the service imports the auditor's. Floor and tree take turns, the best counts.
HASHING = """
import gzip, json, sys, time
from hashlib import sha256
from itertools import islice
from service.audit.merkle import Tree

with gzip.open(sys.argv[1]) as file:
    leaves = [line[:-1] for line in islice(file, int(sys.argv[2]))]

def floor():
    for leaf in leaves:
        sha256(leaf).digest()
    for leaf in leaves:
        sha256(leaf[:65]).digest()

best = {}
for _ in range(5):
    for name, work in (("floor", floor), ("tree", lambda: Tree().extend(leaves))):
        since = time.process_time()
        work()
        best[name] = min(best.get(name, 1e9), time.process_time() - since)
print(json.dumps({name: seconds * 1e6 / len(leaves) for name, seconds in best.items()}))
"""


@click.command("replay")
@click.option("--entries", default=1_000_000, show_default=True, type=click.IntRange(1_000), help="Size of the log.")
@click.option("--seed", default=1, show_default=True, type=int, help="The same seed makes the same log.")
@click.option("--runs", default=3, show_default=True, type=click.IntRange(1), help="Replays of the log.")
@click.option("--folder", default=TOP / "var", type=click.Path(path_type=Path), help="Where the log is put. [var]")
@click.option("--out", type=click.File("a", encoding="utf-8"), help="Append the JSON lines to this file, too.")
def replay(entries: int, seed: int, runs: int, folder: Path, out: TextIO | None) -> None:
    """Measure the auditor's program on a made-up log that keeps every rule.

    Prints a JSON line a run. Example: petition bench replay --entries 1000000 --seed 1
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as name:
        path = Path(name) / "log.ndjson.gz"
        click.echo(f"writing a log of {entries} entries", err=True)
        write_log(path, entries, seed)
        hashing = json.loads(_run("-c", HASHING, str(path), str(min(entries, HASHED_ENTRIES)))[0])
        for run in range(1, runs + 1):
            line = measure(path, entries, hashing) | {"run": run, "seed": seed}
            for stream in filter(None, (sys.stdout, out)):
                click.echo(json.dumps(line), file=stream)
            click.echo(summary(line), err=True)


def measure(path: Path, entries: int, hashing: dict[str, float]) -> dict[str, Any]:
    """Return one replay's line. :raises click.ClickException: if the replay found anything, or another size."""
    since = time.perf_counter()
    said, cpu_s, peak_bytes = _run("-m", "service.audit", "replay", str(path), "--json")
    took_s = time.perf_counter() - since
    report = json.loads(said)
    if report["size"] != entries or report["error_count"] or report["finding_count"]:
        raise click.ClickException(f"the replay found {said[:400]}: nothing was measured")
    return {
        "bench": "replay", "entries": entries, "gzip_bytes": path.stat().st_size, "seconds": round(took_s, 2),
        "cpu_s": round(cpu_s, 2), "entries_s": round(entries / took_s), "entries_s_core": round(entries / cpu_s),
        "peak_mb": round(peak_bytes / 1e6), "floor_us": round(hashing["floor"], 3),
        "hashing_ratio": round(hashing["tree"] / hashing["floor"], 2),
        "replay_ratio": round(cpu_s * 1e6 / entries / hashing["floor"], 2), "root": report["root"],
        "id": secrets.token_hex(4), "python": platform.python_version(), "cores": os.cpu_count(),
    }  # fmt: skip


def summary(line: dict[str, Any]) -> str:
    """Return a line for people."""
    return (
        f"{line['entries_s']:,} entries/s ({line['entries_s_core']:,} a second of one core) from gzip, "
        f"peak {line['peak_mb']:,} MB; SHA-256 alone {line['floor_us']} µs an entry, the tree's hashing "
        f"{line['hashing_ratio']} times and the whole replay {line['replay_ratio']} times as much"
    )


def _run(*arguments: str) -> tuple[str, float, int]:
    """Run the program in a process of its own; return its output, CPU seconds and peak of resident memory in bytes."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([sys.executable, *arguments], cwd=TOP, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode()
    if process.returncode not in (0, 1, 3):
        raise click.ClickException(f"the auditor's program ended with {process.returncode}")
    return said, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
