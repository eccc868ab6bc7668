"""Commands about what is stored beside the log: the read models and the outbox."""

from __future__ import annotations

import sys
from typing import Any

import click

from service.operations.progress import progress_display
from service.outbox.queue import list_outbox
from service.outbox.queue import retry as retry_message
from service.readmodel.rebuild import rebuild


@click.group()
def projections() -> None:
    """The read models: counts, pages, letters' states. Example: petition projections rebuild"""


@projections.command("rebuild")
@click.pass_obj
def rebuild_projections(services: Any) -> None:
    """Build all read models anew from the log, beside the ones in use, and swap them at the end.

    Example: petition projections rebuild
    """
    with progress_display() as progress:
        task = progress.add_task("entries", total=None)
        runner = services.runner
        size = rebuild(runner.log, runner.projections, lambda done, of: progress.update(task, completed=done, total=of))
    click.echo(f"The read models are rebuilt; the log has {size} public entries.")


@click.group()
def outbox() -> None:
    """Mail that waits, and mail that was given up. Example: petition outbox list"""


@outbox.command("list")
@click.pass_obj
def list_messages(services: Any) -> None:
    """Show what waits: never to whom, never what. Example: petition outbox list"""
    with services.database.read() as connection:
        lines = list_outbox(connection)
    for line in lines:
        click.echo(f"{line.id}  {line.state:7}  attempts {line.attempts}  {line.error_class}")
    dead = sum(line.state == "dead" for line in lines)
    click.echo(f"{len(lines) - dead} mails wait, {dead} were given up.")
    sys.exit(1 if dead else 0)


@outbox.command("retry")
@click.argument("message")
@click.pass_obj
def retry(services: Any, message: str) -> None:
    """Put MESSAGE (an id, or `all` for all that were given up) back into the queue.

    Example: petition outbox retry all
    """
    with services.database.write() as connection:
        dead = [line.id for line in list_outbox(connection) if line.state == "dead"]
        chosen = dead if message == "all" else [message]
        for each in chosen:
            retry_message(connection, each)
    click.echo(f"{len(chosen)} mails are due again.")
