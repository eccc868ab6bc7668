"""The operator's commands, in the order of an installation's life."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import click

from service.clock import SteppedClock, SystemClock
from service.config import Settings
from service.errors import ConfigError
from service.operations.audit_commands import audit
from service.operations.backup_commands import backup, restore
from service.operations.bench import bench
from service.operations.bench_letter import letter as bench_letter
from service.operations.demo import demo
from service.operations.doctor import Finding, examine
from service.operations.doctor_live import examine_live
from service.operations.key_commands import keys
from service.operations.log_commands import log
from service.operations.logging import configure_logging
from service.operations.prepare import prepare as prepare_installation
from service.operations.retention import retention
from service.operations.signature_commands import signatures
from service.operations.store_commands import outbox, projections


@click.command()
@click.option("--apply-erasures", is_flag=True, help="Erase again what was erased after the backup that was restored.")
def prepare(apply_erasures: bool) -> None:
    """Make or migrate the database, check the keys, open the log. Safe to repeat.

    Example: petition prepare
    """
    settings = Settings.from_environment()
    clock = SteppedClock(settings.clock_file) if settings.clock_file else SystemClock()
    for done in prepare_installation(settings, clock, apply_erasures=apply_erasures):
        click.echo(done)


@click.command()
@click.pass_obj
def work(services: Any) -> None:
    """Record, count, send mail and delete what is due, until it is told to stop (SIGTERM, Ctrl-C).

    Example: petition work
    """
    from service.operations.work import work as work_until

    configure_logging()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work_until(services, stop)


@click.command()
@click.option("--live", is_flag=True, help="Ask the running process at METRICS_LISTEN how it does, and nothing else.")
def doctor(live: bool) -> None:
    """Say what is wrong with this installation and what to do; exit 1 if anything is.

    Example: petition doctor
    """
    ill = 0
    for finding in _examined_live() if live else examine():
        ill += not finding.is_well
        click.secho("ok   " if finding.is_well else "WRONG", nl=False, bold=not finding.is_well)
        click.echo(f"  {finding.check:10}  {finding.says}")
    click.echo(f"{ill} of the checks failed." if ill else "Nothing is wrong that could be seen from here.")
    sys.exit(1 if ill else 0)


def _examined_live() -> Iterator[Finding]:
    listen = Settings.from_environment().metrics_listen
    if listen is None:
        raise ConfigError("METRICS_LISTEN is not set: there is nobody to ask. Write host and port, here and there.")
    return examine_live(listen)


bench.add_command(bench_letter)
COMMANDS = (
    demo, prepare, work, doctor, backup, restore, bench, keys, log, audit, outbox, projections, retention, signatures,
)  # fmt: skip
