"""Commands about the installation's own keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from service.config import Settings
from service.errors import Refused
from service.eventlog.signing import signing_state, vkeys_in_use
from service.operations.backup_commands import folder_for_backups
from service.operations.kek_status import kek_status
from service.operations.progress import progress_display
from service.operations.rewrapping import Rotation, Step, rotating
from service.vault.keys import Keys
from service.vault.signing_keys import SigningKeys


@click.group()
def keys() -> None:
    """The installation's own keys. Example: petition keys status"""


@keys.command("new")
def new_keys() -> None:
    """Make new keys in KEYS_DIR, which must be empty or missing. Example: petition keys new"""
    settings = Settings.from_environment()
    made = Keys.create(settings.keys_dir, settings.origin)
    click.echo(f"New keys are in {settings.keys_dir}. Copy them to a safe place, apart from the database's backups.")
    click.echo(f"log      {made.log_vkey}\npromise  {made.promise_vkey}\nsealing  kek-{made.newest_kek}")


@keys.command("next")
@click.argument("role", type=click.Choice(["log", "promise"]))
@click.pass_obj
def next_key(services: Any, role: str) -> None:
    """Make the next key of ROLE beside the one in use; it signs nothing before `petition keys rotate`.

    Example: petition keys next log
    """
    made = _held(services.keys, role).make()
    click.echo(f"made {role} {made}: back it up, tell it to witnesses and to those who pinned the old one, then rotate")


@keys.command("post-quantum")
@click.pass_obj
def post_quantum(services: Any) -> None:
    """Make an ML-DSA-44 key of the log: it signs checkpoints beside the Ed25519 key, for readers who ask for it.

    Restart the worker afterwards. Such a signature takes 3,250 characters of each checkpoint.

    Example: petition keys post-quantum
    """
    try:
        made = services.keys.make_mldsa()
    except FileExistsError as error:
        raise Refused("There is an ML-DSA-44 key already: `petition keys status` shows it.") from error
    click.echo(f"made log {made.vkey}")


@keys.command()
@click.option("--backup", type=click.Path(file_okay=False, path_type=Path), help="Instead of BACKUP_DIR.")
@click.pass_obj
def rewrap(services: Any, backup: Path | None) -> None:
    """Put a new key-encryption key in place of kek-N, while the service runs, and destroy kek-N. To be done weekly.

    All living keys are wrapped again, then a backup is made and read back; older ones keep only the log readable.
    Stopped at any moment, it goes on where it was.

    Example: petition keys rewrap
    """
    settings = services.settings
    with rotating(services.database) as is_ours, progress_display() as progress:
        if not is_ours:
            raise Refused("Another rotation of the key-encryption key runs: wait for it.")
        click.echo(f"kek-{services.keys.newest_kek} is the newest key. Stopped anywhere, this goes on where it was.")
        task, counts = progress.add_task("keys", total=None), [0]

        def told(count: int) -> None:
            counts.append(count)
            progress.update(task, advance=count)

        folder = folder_for_backups(settings, backup)
        rotation = Rotation(services.database, services.keys, services.clock, folder, settings.keys_copy, told)
        began = wrapped = time.monotonic()
        for step in _steps(rotation):
            if step is Step.MADE and settings.keys_copy is None:
                click.echo(f"kek-{services.keys.newest_kek} is made: copy it to a second medium now (or set KEYS_COPY)")
            if step is Step.WRAPPED:
                wrapped = time.monotonic()
    click.echo(f"{sum(counts):,} keys are wrapped again, in {wrapped - began:.1f} s.")
    click.echo(f"All is sealed under kek-{services.keys.newest_kek}, the older keys are destroyed: destroy copies.")


@keys.command("status")
@click.pass_obj
def keys_status(services: Any) -> None:
    """Show the public halves, what the log says of each, which key seals new data, and how far a rotation is.

    Example: petition keys status
    """
    with services.database.read() as connection:
        named = {key.vkey for key in signing_state(connection).keys}
        for held in (services.keys.log, services.keys.promise):
            in_use = vkeys_in_use(connection, held.role)
            for vkey in held.vkeys:
                click.echo(f"{held.role:8} {vkey}  {_said(vkey, named, in_use)}")
    if services.keys.mldsa is not None:
        click.echo(f"log      {services.keys.mldsa.vkey}  signs beside it (ML-DSA-44)")
    for line in kek_status(services.database, services.keys):
        click.echo(f"sealing  {line}")


def _steps(rotation: Rotation) -> Iterator[Step]:
    """Go on with the rotation that is under way, or begin one, to its end."""
    pause, begin = threading.Event(), not rotation.is_under_way()
    while (step := rotation.step(begin=begin)) is not Step.NOTHING:
        begin = False
        yield step
        if step is Step.SETTLING:
            pause.wait(max(1.0, rotation.settles_in_s()))


def _said(vkey: str, named: set[str], in_use: tuple[str, ...]) -> str:
    if vkey in in_use:
        return "signs" if vkey == in_use[-1] else "signs beside the newer one"
    if not named:
        return "signs once the log is opened by `petition prepare`"
    return "signs no more: destroy its file" if vkey in named else "waits for `petition keys rotate`"


def _held(found: Keys, role: str) -> SigningKeys:
    return found.log if role == "log" else found.promise
