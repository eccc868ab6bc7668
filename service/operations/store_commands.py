"""Commands about what is stored: the log's export, the read models, the outbox, the keys."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from service.config import Settings
from service.errors import PetitionError
from service.operations.export import export_log
from service.outbox.queue import list_outbox
from service.outbox.queue import retry as retry_message
from service.publishing.checkpoint import publish
from service.publishing.folder import write_folder
from service.readmodel.rebuild import rebuild
from service.vault.keys import Keys


@click.group()
def log() -> None:
    """The event log. Example: petition log export log.ndjson.gz"""


@log.command()
@click.argument("file", default="-", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--gzip", "compress", is_flag=True, help="Compress; a name that ends in .gz does it too.")
@click.pass_obj
def export(services: Any, file: Path, compress: bool) -> None:
    """Write the public log, one entry a line, to FILE (or to standard output).

    Example: petition log export log.ndjson.gz
    """
    compress = compress or file.suffix == ".gz"
    with _progress() as progress:
        task = progress.add_task("entries", total=None)

        def told(written: int) -> None:
            progress.update(task, completed=written)

        if str(file) == "-":
            written = export_log(services.database, sys.stdout.buffer, compress=compress, progress=told)
        else:
            with _new_file(file) as out:
                written = export_log(services.database, out, compress=compress, progress=told)
    click.echo(f"{written} entries written to {'standard output' if str(file) == '-' else file}.", err=True)


@log.command("publish")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def publish_log(services: Any, folder: Path) -> None:
    """Write the published log into FOLDER as static files: what is there stays, the checkpoint comes last.

    Example: petition log publish /srv/log
    """
    publish(services.database, services.keys, services.policy)
    written: list[str] = []
    with _writing(folder):
        size = write_folder(services.database, services.policy, folder, written.append)
    click.echo(f"{len(written)} files written to {folder}: the log up to size {size}")


@click.group()
def projections() -> None:
    """The read models: counts, pages, letters' states. Example: petition projections rebuild"""


@projections.command("rebuild")
@click.pass_obj
def rebuild_projections(services: Any) -> None:
    """Build all read models anew from the log, beside the ones in use, and swap them at the end.

    Example: petition projections rebuild
    """
    with _progress() as progress:
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


@click.group()
def keys() -> None:
    """The installation's own keys. Example: petition keys status"""


@keys.command("new")
def new_keys() -> None:
    """Make new keys in KEYS_DIR, which must be empty or missing. Example: petition keys new"""
    settings = Settings.from_environment()
    made = Keys.create(settings.keys_dir, settings.origin)
    click.echo(f"New keys are in {settings.keys_dir}. Copy them to a safe place, apart from the database's backups.")
    _tell_keys(made)


@keys.command("status")
def keys_status() -> None:
    """Show the public halves and which key seals new data. Example: petition keys status"""
    settings = Settings.from_environment()
    _tell_keys(Keys.load(settings.keys_dir, settings.origin))


def _tell_keys(made: Keys) -> None:
    click.echo(f"log      {made.log_vkey}\npromise  {made.promise_vkey}\nsealing  kek-{made.newest_kek}")


def _progress() -> Progress:
    """Return a progress display on standard error, shown only to a person."""
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` when it is whole, and is gone if something fails before."""
    unfinished = path.with_name(f".{path.name}.new")
    with _writing(path):
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "wb") as out:
            try:
                yield out
            except BaseException:
                unfinished.unlink()
                raise
        unfinished.replace(path)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PetitionError(f"{path} cannot be written: {error.strerror or error}") from error
