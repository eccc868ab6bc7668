"""The commands `petition letter …` that send an approved letter, call it back, and resolve what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from service.app import letter_sender
from service.desk.accounts import Actor, demand_role
from service.desk.acting import as_account, signed_in
from service.desk.request_cli import tell_asked
from service.desk.sign_in import Credentials
from service.desk.two_people import ask
from service.letters.approval import load_letter
from service.letters.bundle import MANUAL, STEPS, Way, write_bundle
from service.letters.commands import HandOverLetter, RecallLetter, SendLetter
from service.letters.manual import hand_over, read_scan
from service.letters.queueing import recall_letter, send_letter

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])
SENDERS = frozenset({"organizer"})
Shown = Callable[[], Credentials]


def acting(services: Any, shown: Shown) -> Actor:
    """Return the organizer who acts. :raises Forbidden: if the account has not that role."""
    actor = signed_in(services, shown)
    demand_role(actor.roles, SENDERS)
    return actor


@click.command()
@click.argument("letter_id", metavar="LETTER")
@as_account()
@click.pass_obj
def send(services: Any, letter_id: str, shown: Shown) -> None:
    """Queue the approved LETTER (l_…) for e-mail; the worker hands it over once, within the office's hours.

    Example: petition letter send l_AbCdEfGhIj --as azra
    """
    actor = acting(services, shown)
    command = SendLetter(letter_id, actor.account, services.clock.now())
    address = send_letter(command, services.log, letter_sender(services.settings))
    click.echo(f"{letter_id} is queued for {address}: `petition letter recall {letter_id}` while it waits")


@click.command()
@click.argument("letter_id", metavar="LETTER")
@as_account()
@click.pass_obj
def recall(services: Any, letter_id: str, shown: Shown) -> None:
    """Take LETTER out of the queue, if its hand-over has not begun.

    Example: petition letter recall l_AbCdEfGhIj --as azra
    """
    acting(services, shown)
    state = recall_letter(RecallLetter(letter_id, services.clock.now()), services.log)
    click.echo(f"{letter_id} does not wait any more: it is {state.replace('_', ' ')}")


@click.command()
@click.argument("letter_id", metavar="LETTER")
@click.option("--went/--did-not-go", "went", required=True, default=None, help="What was found out.")
@click.option("--found", required=True, help="What shows it, such as the server's queue id; kept sealed.")
@as_account()
@click.pass_obj
def resolve(services: Any, letter_id: str, went: bool, found: str, shown: Shown) -> None:
    """Ask that LETTER, of which nobody knows whether it went, shall count as gone or not gone; another person decides.

    Example: petition letter resolve l_AbCdEfGhIj --went --found "queue id 4XyZ in the server's log" --as azra
    """
    attempt = load_letter(services.log, letter_id).attempts
    params = {"letter": letter_id, "attempt": attempt, "went": int(went), "found": found}
    tell_asked(services, ask(services.desk, signed_in(services, shown), "letter-resolve", params, services.clock.now()))


@click.command()
@click.argument("letter_id", metavar="LETTER")
@click.option("--channel", type=click.Choice(MANUAL), required=True, help="The way it will go.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder.")
@click.option("--language", type=click.Choice(list(STEPS)), default="en", show_default=True, help="Of the steps.")
@click.pass_obj
def bundle(services: Any, letter_id: str, channel: str, out: Path, language: str) -> None:
    """Write what a person needs who carries LETTER to its office: PDF, annexes, hashes, address and steps.

    Example: petition letter bundle l_AbCdEfGhIj --channel post --out letter-1
    """
    for line in write_bundle(services.log, letter_id, Way(channel, language), out):
        click.echo(line)
    click.echo(f"\nwritten to {out}")


@click.command("handed-over")
@click.argument("letter_id", metavar="LETTER")
@click.option("--channel", type=click.Choice(MANUAL), required=True, help="The way it went.")
@click.option("--receipt", required=True, metavar="NUMBER", help="The number on the receipt; kept sealed.")
@click.option("--day", type=DAY, required=True, help="The day on which it was handed over.")
@click.option("--scan", type=FILE, help="PDF, PNG or JPEG up to 20 MB; kept sealed.")
@as_account()
@click.pass_obj
def handed_over(
    services: Any, letter_id: str, channel: Any, receipt: str, day: datetime, scan: Path | None, shown: Shown
) -> None:
    """Enter that LETTER was handed over by a person, with what they brought back.

    Example: petition letter handed-over l_AbCdEfGhIj --channel post --receipt RR123 --day 2026-03-09 --as azra
    """
    kept = read_scan(scan) if scan else None
    actor = acting(services, shown)
    on, now = day.date().isoformat(), services.clock.now()
    hand_over(HandOverLetter(letter_id, channel, receipt, on, kept, actor.account, now), services.log, services.keys)
    click.echo(f"{letter_id} was handed over on {on}")
