"""Measuring the product beside its own ceiling: ratios, because rates do not carry over to another machine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from service.operations.bench_chart import bars, curves
from service.operations.bench_fill import fill
from service.operations.bench_history import make_history, read_history, write_history
from service.operations.bench_kinds import READ, SIGN, confirm_bench
from service.operations.bench_record import PAIRS as RECORD_PAIRS
from service.operations.bench_record import measure_record
from service.operations.bench_replay import replay
from service.operations.bench_rotate import measure_rotation
from service.operations.bench_rotate import summary as rotation_summary
from service.operations.bench_runs import (
    Bench,
    Plan,
    append_json,
    environ_of,
    installed,
    measure,
    new_home,
    summary,
)
from service.operations.bench_trace import curves_of, replay_history
from service.operations.demo_home import Home
from service.operations.processes import TOP, Address
from service.operations.progress import counted_progress

database_option = click.option("--database", help="An empty PostgreSQL database, postgresql://…; without: SQLite, new.")


@click.group()
def bench() -> None:
    """Measurements. Example: petition bench sign --seconds 20"""


bench.add_command(replay)


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say where it works and what it leaves."""
    path = click.Path(path_type=Path)
    for option in (
        click.option("--svg", type=path, help="Draw the medians into this file."),
        click.option("--json", "json_file", type=path, help="Append the JSON lines to this file."),
        click.option("--folder", default=TOP / "var", type=path, help="On the disk to measure. [var]"),
    ):
        command = option(command)
    return command


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all measurements that have a web server."""
    for option in (
        output_options,
        click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535)),
        database_option,
        click.option("--rows", default=0, show_default=True, type=click.IntRange(0), help="Signatures before."),
        click.option("--connections", default=64, show_default=True, type=click.IntRange(1, 1024)),
        click.option("--runs", default=3, show_default=True, type=click.IntRange(1), help="Of each variant, in turn."),
        click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1), help="Of one run."),
    ):
        command = option(command)
    return command


@bench.command("sign")
@run_options
def sign(**options: Any) -> None:
    """Measure signing (the form and the page after it) against the same server without storage.

    Prints a JSON line a run and the ratio. Example: petition bench sign --seconds 20 --runs 3
    """
    _run(lambda _: SIGN, **options)


@bench.command("confirm")
@run_options
def confirm(**options: Any) -> None:
    """Measure confirming (the button and the supporter's own page) against the same server without storage.

    Example: petition bench confirm --seconds 20 --rows 100000
    """
    _run(confirm_bench, **options)


@bench.command("read")
@run_options
def read(**options: Any) -> None:
    """Measure a public page, whole and as 304, against a bare Flask page from memory in the same processes.

    Example: petition bench read --seconds 10 --json read.jsonl
    """
    _run(lambda _: READ, **options)


@bench.command("rotate")
@run_options
@click.option(
    "--rate", default=100.0, show_default=True, type=click.FloatRange(0), help="Forms a second; 0: all it can."
)
@click.option("--home", type=click.Path(path_type=Path), help="What `petition bench fill` made, instead of a new one.")
@click.option("--keys", default=0, show_default=True, type=click.IntRange(0), help="Sealed records to add.")
def rotate(rate: float, home: Path | None, keys: int, **options: Any) -> None:
    """Measure signing while the key-encryption key is renewed, against signing as usual; exit 1 if anybody is refused.

    Example: petition bench rotate --keys 1000000 --runs 2
    """
    with nullcontext(Home(home)) if home else new_home(options["folder"]) as place:
        place.make(fresh=False)
        lines = list(written(measure_rotation(plan_of(options), place, rate, keys), options["json_file"]))
    click.echo(rotation_summary(lines), err=True)
    if options["svg"] is not None:
        options["svg"].write_text(bars("petition bench rotate", lines), encoding="utf-8")
    if refused := sum(line["busy"] + line["errors"] for line in lines):
        raise click.ClickException(f"{refused} forms were refused or failed")


@bench.command("record")
@click.option("--count", default=20_000, show_default=True, type=click.IntRange(100), help="Signatures in one run.")
@click.option("--runs", default=3, show_default=True, type=click.IntRange(1), help="Of each variant, in turn.")
@click.option("--rows", default=0, show_default=True, type=click.IntRange(0), help="Signatures that are there before.")
@database_option
@output_options
def record(count: int, runs: int, rows: int, database: str | None, **output: Any) -> None:
    """Measure recorder, projections and publisher together against bare durable inserts of the same bytes.

    Example: petition bench record --count 50000 --runs 3
    """
    plan = Plan(0, runs, 0, database, Address("127.0.0.1", 1), rows)
    with new_home(output["folder"]) as home, installed(environ_of(plan, home)) as services:
        fill(services, rows)
        lines = list(written(measure_record(services, count, runs), output["json_file"]))
    conclude("record", lines, RECORD_PAIRS, output["svg"])


@bench.command("fill")
@click.argument("count", type=click.IntRange(1))
@click.option("--home", default=TOP / "var" / "filled", type=click.Path(path_type=Path), help="[var/filled]")
@database_option
@click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535))
def fill_command(count: int, home: Path, database: str | None, port: int) -> None:
    """Make an installation with COUNT signatures in a folder, and print its settings as shell commands.

    Example: petition bench fill 100000 --home /srv/filled
    """
    place = Home(home)
    place.make(fresh=False)
    environ = environ_of(Plan(0, 0, 0, database, Address("127.0.0.1", port)), place)
    with installed(environ) as services, counted_progress("signatures", count) as told:
        fill(services, count, told)
    for name, value in environ.items():
        click.echo(f"export {name}={shlex.quote(value)}")


@bench.command("trace")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--make", is_flag=True, help="Make the history instead of replaying it.")
@click.option("--total", default=20_000, show_default=True, type=click.IntRange(1), help="Signatures, with --make.")
@click.option("--minutes", default=60, show_default=True, type=click.IntRange(1), help="Length, with --make.")
@click.option("--seed", default=2019, show_default=True, help="Of the noise, with --make.")
@click.option("--speed", default=10.0, show_default=True, type=click.FloatRange(0.1), help="How many times faster.")
@click.option("--connections", default=64, show_default=True, type=click.IntRange(1, 1024))
@click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535))
@database_option
@output_options
def trace(file: Path, make: bool, total: int, minutes: int, seed: int, **options: Any) -> None:
    """Replay the history in FILE, a line a minute, with readers beside; exit 1 if a confirmed signature is lost.

    Example: petition bench trace --make day.jsonl, then: petition bench trace day.jsonl --speed 20
    """
    if make:
        write_history(file, make_history(total, minutes, seed))
        click.echo(f"{file}: {total} signatures in {minutes} minutes")
        return
    plan = Plan(0, 1, options["connections"], options["database"], Address("127.0.0.1", options["port"]))
    with new_home(options["folder"]) as home:
        line, seen = replay_history(plan, home, read_history(file), options["speed"])
    list(written(iter([line]), options["json_file"]))
    if options["svg"] is not None:
        options["svg"].write_text(curves("petition bench trace", curves_of(seen), "signatures"), encoding="utf-8")
    if line["lost"]:
        raise click.ClickException(f"{line['lost']} acknowledged signatures are not in the log")


def plan_of(options: dict[str, Any]) -> Plan:
    """Return the plan that the options of `run_options` say."""
    address = Address("127.0.0.1", options["port"])
    seconds, runs, connections, database = (options[name] for name in ("seconds", "runs", "connections", "database"))
    return Plan(seconds, runs, connections, database, address, options["rows"])


def written(lines: Iterator[dict[str, Any]], json_file: Path | None) -> Iterator[dict[str, Any]]:
    """Yield lines once they are printed, and appended to the file if there is one."""
    for line in lines:
        click.echo(json.dumps(line))
        append_json(json_file, line)
        yield line


def conclude(name: str, lines: list[dict[str, Any]], pairs: tuple[tuple[str, str], ...], svg: Path | None) -> None:
    """Say the ratios, and draw them if a file is named."""
    click.echo(summary(lines, pairs), err=True)
    if svg is not None:
        svg.write_text(bars(f"petition bench {name}", lines), encoding="utf-8")


def _run(what: Callable[[Plan], Bench], folder: Path, json_file: Path | None, svg: Path | None, **options: Any) -> None:
    plan = plan_of(options)
    chosen = what(plan)
    with new_home(folder) as home:
        lines = list(written(measure(plan, home, chosen), json_file))
    conclude(chosen.name, lines, chosen.pairs, svg)
