"""Measuring typesetting: processor time of making a letter and its annexes, and memory of the processes that do it."""

from __future__ import annotations

import base64
import json
import os
import platform
import resource
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TextIO

import click

from service.eventlog.canonical import canonical, document_hash
from service.letters.annex import Row, as_csv
from service.letters.composition import LetterInput
from service.letters.printing import print_letter
from service.letters.printing_annex import print_annex, print_names, volumes
from service.letters.record_file import read_records
from service.letters.sources import Sources
from service.letters.template import current_template
from service.letters.typesetting import engine, typeset
from service.operations.demo_home import EXAMPLE

NAMES = 10_000
COUNTRIES = ("CZ", "", "TR")
PEOPLE = ("Ayşe Örnek", "Ada Example", "ئۈلگە كىشى", "مثال", "示例人", "Пример Имя", "ตัวอย่าง", "Παράδειγμα")
ADDRESSEE, LANGUAGE = "tr-goc-idaresi", "tr"
APPEAL_PARTS = ("title", "persons", "legal_bases", "demands")
ORGANIZER = {"name": "Example Association", "address": ["1 Nowhere Street"], "signed_by": "Ada Example"}


@dataclass(frozen=True)
class Target:
    """What the design asks for: LETTERS.md section 6 on the reference machine."""

    what: str
    cpu_s: float
    memory_mb: float


TARGETS = (Target("letter", 0.1, 250), Target("names", 1.5, 250), Target("annex", 1.5, 250))


@click.command("letter")
@click.option(
    "--runs", default=5, show_default=True, type=click.IntRange(1), help="Runs of each; the middle one is told."
)
@click.option("--names", default=NAMES, show_default=True, type=click.IntRange(1, 100_000), help="Rows of each annex.")
@click.option("--out", type=click.File("a", encoding="utf-8"), help="Append the JSON lines to this file, too.")
def letter(runs: int, names: int, out: TextIO | None) -> None:
    """Measure typesetting: a letter without annexes, annex B with 10,000 names in several scripts, annex A as long.

    Each document is made in a process of its own: starting it, loading the fonts and preparing the data are in the
    figures.
    Example: petition bench letter
    """
    for line in measure(runs, names):
        for stream in filter(None, (sys.stdout, out)):
            click.echo(json.dumps(line), file=stream)
        click.echo(verdict(line), err=True)


def measure(runs: int, names: int) -> Iterator[dict[str, Any]]:
    """Yield a line for the letter, one for its names (annex B), and one for a register (annex A) of as many rows.

    Memory is the peak of the largest process so far.
    """
    rows: list[Row] = [(n, f"{PEOPLE[n % len(PEOPLE)]} {n}", "2026-03-01") for n in range(names)]
    sources = example_sources(rows)
    works: dict[str, Callable[[Sources], list[bytes]]] = {"letter": _letter, "names": _names, "annex": _annex}
    for target in TARGETS:
        taken = [_run(works[target.what], sources) for _ in range(runs)]
        cpu = [each["cpu_s"] for each in taken]
        yield {
            "bench": "letter", "what": target.what, "cpu_s": round(statistics.median(cpu), 3),
            "cpu_min_s": round(min(cpu), 3), "cpu_max_s": round(max(cpu), 3), "target_cpu_s": target.cpu_s,
            "memory_mb": max(each["memory_mb"] for each in taken), "target_memory_mb": target.memory_mb,
            "bytes": taken[-1]["bytes"], "documents": taken[-1]["documents"], "runs": runs,
            "names": 0 if target.what == "letter" else names, "engine": engine(),
            "python": platform.python_version(), "cores": os.cpu_count(),
        }  # fmt: skip


def verdict(line: dict[str, Any]) -> str:
    """Return in a sentence whether the targets were met."""
    met = line["cpu_s"] <= line["target_cpu_s"] and line["memory_mb"] <= line["target_memory_mb"]
    figures = f"{line['cpu_s']} s processor time (target {line['target_cpu_s']})"
    figures += f", {line['memory_mb']} MB (target {line['target_memory_mb']:.0f})"
    return f"{line['what']}: {figures}: {'met' if met else 'NOT met on this machine'}"


def example_sources(rows: list[Row]) -> Sources:
    """Return a petition of the example appeal with these rows as its annex, without a database."""
    kept: dict[str, bytes] = {}

    def put(content: bytes) -> str:
        kept[document_hash(content)] = content
        return document_hash(content)

    read = tomllib.loads((EXAMPLE / "appeal.toml").read_text(encoding="utf-8"))
    appeal = put(canonical({"organizer": ORGANIZER} | {name: read[name] for name in APPEAL_PARTS}))
    records = read_records((EXAMPLE / "addressees.toml").read_bytes())
    record = next(one for one in records if one["id"] == ADDRESSEE)
    made = LetterInput(
        letter="l_EXAMPLE123",
        campaign="c_EXAMPLE123",
        addressee=ADDRESSEE,
        record=put(canonical(record)),
        kind="ministry_petition",
        day="2026-03-01",
        at_size=len(rows),
        root=base64.b64encode(sha256(b"").digest()).decode(),
        text=put(f'+++\nappeal = "{appeal}"\n+++\n\nWords.\n'.encode()),
        wordings={LANGUAGE: put((EXAMPLE / "letters" / f"ministry_petition.{LANGUAGE}.md").read_bytes())},
        languages=[LANGUAGE],
        template=put(current_template("https://petitions.example.org/verify/", "example/L1").document()),
        active=len(rows),
        named=0,
        annex="register",
    )
    return Sources(made, kept.__getitem__, rows)


def _letter(sources: Sources) -> list[bytes]:
    return [typeset(print_letter(sources, LANGUAGE, ""), sources.template.letter_typ)]


def _names(sources: Sources) -> list[bytes]:
    said = {"named": str(len(sources.rows)), "pdf": "0" * 64, "names": "0" * 64}
    rows: list[Row] = [(n, name, COUNTRIES[n % len(COUNTRIES)]) for n, (_, name, _) in enumerate(sources.rows)]
    return [
        typeset(print_names(sources, LANGUAGE, volume, said), sources.template.letter_typ) for volume in volumes(rows)
    ]


def _annex(sources: Sources) -> list[bytes]:
    csv, hashes = as_csv("register", sources.rows), {"pdf": "0" * 64, "csv": "0" * 64}
    return [
        typeset(
            print_annex(sources, LANGUAGE, volume, hashes),
            sources.template.letter_typ,
            None if volume.number > 1 else csv,
        )
        for volume in volumes(sources.rows)
    ]


def _run(work: Callable[[Sources], list[bytes]], sources: Sources) -> dict[str, Any]:
    before = time.process_time() + _children_s()
    made = work(sources)
    return {
        "cpu_s": time.process_time() + _children_s() - before,
        "memory_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),  # Linux: KiB
        "bytes": sum(map(len, made)),
        "documents": len(made),
    }


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
