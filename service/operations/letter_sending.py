"""The commands `petition letter …` that send an approved letter, call it back, and resolve what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from service.app import letter_sender
from service.desk.accounts import Actor, demand_role
from service.desk.acting import as_account, signed_in
from service.desk.request_cli import tell_asked
from service.desk.sign_in import Credentials
from service.desk.two_people import ask
from service.letters.approval import load_letter
from service.letters.commands import RecallLetter, SendLetter
from service.letters.queueing import recall_letter, send_letter

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
