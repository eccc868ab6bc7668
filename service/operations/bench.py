"""Measuring the product beside its own ceiling: ratios, because rates do not carry over to another machine."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from service.operations.bench_load import Load, Step, generate
from service.operations.bench_runs import Bench, Plan, Site, append_json, measure, new_home, summary
from service.operations.bench_steps import Route, at_once, read_step, sign_step
from service.operations.demo_home import REF
from service.operations.demo_visitor import Visitor
from service.operations.processes import TOP, Address
from service.store.database import Database
from service.store.tables import outbox, pending, signature

SIGN_FORM = f"/en/c/{REF}/sign"
APPEAL = f"/en/c/{REF}"


@click.group()
def bench() -> None:
    """Measurements. Example: petition bench sign --seconds 20"""


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all measurements that have a web server."""
    for option in reversed(
        (
            click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1), help="Of one run."),
            click.option(
                "--runs", default=3, show_default=True, type=click.IntRange(1), help="Of each variant, in turn."
            ),
            click.option("--connections", default=64, show_default=True, type=click.IntRange(1, 1024)),
            click.option("--database", help="An empty PostgreSQL database, postgresql://…; without: SQLite, new."),
            click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535)),
            *output_options,
        )
    ):
        command = option(command)
    return command


output_options = (
    click.option(
        "--folder", default=TOP / "var", type=click.Path(path_type=Path), help="On the disk to measure. [var]"
    ),
    click.option("--json", "json_file", type=click.Path(path_type=Path), help="Append the JSON lines to this file."),
)


@bench.command("sign")
@run_options
def sign(**options: Any) -> None:
    """Measure signing (the form and the page after it) against the same server without storage.

    Prints a JSON line a run and the ratio. Example: petition bench sign --seconds 20 --runs 3
    """
    _run(SIGN, **options)


@bench.command("read")
@run_options
def read(**options: Any) -> None:
    """Measure a public page, whole and as 304, against a bare Flask page from memory in the same processes.

    Example: petition bench read --seconds 10 --json read.jsonl
    """
    _run(READ, **options)


def plan_of(options: dict[str, Any]) -> Plan:
    """Return the plan that the options of `run_options` say."""
    address = Address("127.0.0.1", options["port"])
    return Plan(options["seconds"], options["runs"], options["connections"], options["database"], address)


def _run(what: Bench, folder: Path, json_file: Path | None, **options: Any) -> None:
    with new_home(folder) as home:
        lines = []
        for line in measure(plan_of(options), home, what):
            lines.append(line)
            click.echo(json.dumps(line))
            append_json(json_file, line)
    click.echo(summary(lines, what.pairs), err=True)


def _sign_steps(site: Site, route: Route) -> Iterator[Step]:
    form = Visitor(site.address.base_url).get(SIGN_FORM).form(with_field="full_name")
    fields = dict(form.filled(full_name="Ada Example", country="GB", disclosure="counted", consent="yes"))
    numbers = itertools.count()
    return (sign_step(route, SIGN_FORM, fields, f"{route.variant}-{n}@example.org") for n in numbers)


def _read_steps(site: Site, route: Route) -> Iterator[Step]:
    etag = _etag(route) if route.variant.endswith("-304") else ""
    return (read_step(route, APPEAL, etag) for _ in itertools.count())


def _etag(route: Route) -> str:
    found: list[str] = []

    def ask() -> Step:
        answer = yield route.get(APPEAL)
        found.append(answer.header(b"etag").decode())
        return answer.outcome

    generate(Load(route.address, 1, 10), at_once(iter([ask()])))
    return found[0]


def _forms(database: Database) -> int:
    with database.read() as connection:
        forms = connection.execute(sa.select(sa.func.count()).select_from(pending)).scalar_one()
        mails = connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()
    return int(min(forms, mails))


def _signatures(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(signature)).scalar_one())


SIGN = Bench("sign", (("product", "ceiling"),), _sign_steps, _forms)
READ = Bench("read", (("product", "bare"), ("product-304", "bare-304")), _read_steps, _signatures)
