"""Commands in which an organizer's account acts on what a slice owns: the slices know no accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from service.campaigns.takedown import REASONS
from service.desk.accounts import demand_role
from service.desk.acting import as_account, signed_in
from service.desk.request_cli import tell_asked
from service.desk.sign_in import Credentials
from service.desk.two_people import ask
from service.errors import Refused
from service.eventlog.rotating import REASONS as REASONS_TO_ROTATE
from service.eventlog.signing import signing_state, vkeys_in_use
from service.letters.addressees import load_addressee
from service.letters.approval import composed_letter
from service.letters.commands import ComposeLetter
from service.letters.handlers import compose_letter

COMPOSERS = frozenset({"organizer"})
OPERATOR = "operator"  # who composes without an account
Shown = Callable[[], Credentials]


@click.command()
@click.argument("ref")
@click.argument("letter_id", metavar="LETTER")
@click.option("--again", default="", metavar="ID", help="Compose this letter (l_…) anew instead of a new one.")
@click.option("--names", is_flag=True, help="With annex B: who lets the addressee know their name; needs --as.")
@as_account(required=False)
@click.pass_obj
def compose(services: Any, /, ref: str, letter_id: str, shown: Shown | None, **chosen: Any) -> None:
    """Compose LETTER of the appeal REF at the present log size; with --as it is kept who did, and they do not approve.

    Example: petition letter compose istanbul-two L1 --as azra
    """
    if chosen["names"] and not shown:
        raise Refused("a letter with names is composed with an account: add --as ACCOUNT")
    actor = OPERATOR
    if shown:
        signed = signed_in(services, shown)
        demand_role(signed.roles, COMPOSERS)
        actor = signed.account
    command = ComposeLetter(ref, letter_id, actor, services.clock.now(), **chosen)
    settings, tallies = services.settings, services.tallies.before_letter
    made = compose_letter(command, services.log, settings.base_url, tallies, services.keys)
    address = f"{services.settings.base_url}/{services.settings.languages[0]}/c/{ref}/letters/{made}"
    click.echo(f"composed {ref}/{letter_id} as {made}: {address}")


@click.command()
@click.argument("letter_id", metavar="LETTER")
@as_account()
@click.pass_obj
def approve(services: Any, letter_id: str, shown: Shown) -> None:
    """Ask that LETTER (l_…) shall be approved as it was last composed; a reviewer who did not compose it decides.

    Example: petition letter approve l_AbCdEfGhIj --as azra
    """
    pdf = composed_letter(services.log, letter_id).pdf
    _ask(services, shown, "letter-approve", {"letter": letter_id, "pdf": pdf})


@click.command()
@click.argument("addressee_id", metavar="ID")
@as_account()
@click.pass_obj
def verify(services: Any, addressee_id: str, shown: Shown) -> None:
    """Ask that the record of the office ID shall count as verified: both people compare it with the office's own page.

    Example: petition addressee verify tr-adalet-bakanligi --as azra
    """
    document = load_addressee(services.log, addressee_id).document
    _ask(services, shown, "addressee-verify", {"addressee": addressee_id, "document": document})


@click.command()
@click.argument("document", metavar="HASH")
@click.option("--reason", type=click.Choice(REASONS), required=True, help="It will stand in the public log.")
@as_account()
@click.pass_obj
def takedown(services: Any, document: str, reason: str, shown: Shown) -> None:
    """Ask that the document HASH shall be taken down: its words go for good, its hash stays in the log.

    Example: petition campaign takedown 9f86d081… --reason court-order --as azra
    """
    _ask(services, shown, "document-remove", {"document": document, "reason": reason})


@click.command()
@click.argument("role", type=click.Choice(["log", "promise"]))
@click.option("--reason", type=click.Choice(REASONS_TO_ROTATE), default="planned", show_default=True)
@as_account()
@click.pass_obj
def rotate(services: Any, role: str, reason: str, shown: Shown) -> None:
    """Ask that the newest key that signs as ROLE shall be replaced by the one that `petition keys next` made.

    Before, tell the new key to witnesses and to those who pinned the old one. Lost and stolen keys are dropped at once.

    Example: petition keys rotate log --as ada
    """
    held = services.keys.log if role == "log" else services.keys.promise
    with services.database.read() as connection:
        state, in_use = signing_state(connection), vkeys_in_use(connection, role)
    unused = [vkey for vkey in held.vkeys if vkey not in {key.vkey for key in state.keys}]
    if not unused:
        raise Refused(f"There is no new {role} key in KEYS_DIR: make one with `petition keys next {role}`.")
    replaces = in_use[-1].split("+", 2)[1]
    _ask(services, shown, "key-rotate", {"role": role, "key": unused[-1], "replaces": replaces, "reason": reason})


def _ask(services: Any, shown: Shown, kind: str, params: dict[str, str]) -> None:
    tell_asked(services, ask(services.desk, signed_in(services, shown), kind, params, services.clock.now()))
