"""Commands about the event log: its export, its published copies, the way back after a rollback, incidents."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from service.errors import PetitionError
from service.operations.export import export_log
from service.operations.incident import INCIDENTS, report_incident
from service.operations.progress import progress_display
from service.operations.restore_log import restore_log
from service.publishing.checkpoint import publish
from service.publishing.folder import write_folder
from service.publishing.mirror import copy_at


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
    with progress_display() as progress:
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

@log.command("restore")
@click.argument("copy")
@click.pass_obj
def restore(services: Any, copy: str) -> None:
    """Append what COPY, a published copy of this log, has and the database lost, after a backup was restored.

    Stop web and worker first. COPY is an address (https://…/log) or a folder. Nothing changes unless all entries
    together have the root that this log's key signed.

    Example: petition log restore /srv/log
    """
    with progress_display() as progress:
        task = progress.add_task("entries", total=None)
        done = restore_log(services, copy_at(copy), lambda count: progress.update(task, completed=count))
    click.echo(f"{done.after - done.before} entries appended: the log has {done.after}, as it was published.")
    click.echo(f"{done.signatures} signatures follow from them; {done.forms} forms confirmed meanwhile were dropped.")
    for campaign in done.unknown:
        click.echo(f"{campaign} was opened after the backup: its key is lost. It counts, but takes no signatures.")
    click.echo(f"{done.documents} documents came back from the copy.")
    for campaign in done.textless:
        click.echo(f"{campaign}: the copy lacks documents/ of its text. Run this again with a copy that has them.")
    click.echo("Names and choices of the time in between are lost. Report it: petition log incident data-loss FILE")


@log.command("incident")
@click.argument("kind", type=click.Choice(INCIDENTS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def incident(services: Any, kind: str, file: Path) -> None:
    """Tell everybody that something went wrong: FILE, a plain text, becomes public, and the log names it for ever.

    Write no names into it. KIND says what went wrong.

    Example: petition log incident data-loss report.txt
    """
    hashed = report_incident(services.log, kind, file.read_bytes(), services.clock.now())
    click.echo(f"reported: {kind}, document {hashed}")


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
