"""The operator's commands, in the order of an installation's life."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

import click

from service.clock import SteppedClock, SystemClock
from service.config import Settings
from service.operations.backup_commands import backup, restore
from service.operations.bench import bench
from service.operations.demo import demo
from service.operations.doctor import examine
from service.operations.key_commands import keys
from service.operations.log_commands import log
from service.operations.logging import configure_logging
from service.operations.prepare import prepare as prepare_installation
from service.operations.retention import retention
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
def doctor() -> None:
    """Say what is wrong with this installation and what to do; exit 1 if anything is.

    Example: petition doctor
    """
    ill = 0
    for finding in examine():
        ill += not finding.is_well
        click.secho("ok   " if finding.is_well else "WRONG", nl=False, bold=not finding.is_well)
        click.echo(f"  {finding.check:10}  {finding.says}")
    click.echo(f"{ill} of the checks failed." if ill else "Nothing is wrong that could be seen from here.")
    sys.exit(1 if ill else 0)


COMMANDS = (demo, prepare, work, doctor, backup, restore, bench, keys, log, outbox, projections, retention)
