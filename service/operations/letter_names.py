"""The commands `petition letter …` about annex B and packages: counsel, link, slip, who was erased, public package."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import click

from service.clock import day_of
from service.desk.access_record import note
from service.desk.accounts import demand_role, roles_now
from service.desk.acting import as_account, signed_in
from service.desk.request_cli import tell_asked
from service.desk.two_people import ask
from service.errors import Refused
from service.letters.approval import composed_letter
from service.letters.commands import CounselOn, RecordCounsel
from service.letters.counsel import composed_words, record_counsel
from service.letters.fetching import erased_since, told_of_erased
from service.letters.links import link_of
from service.letters.manual import read_scan
from service.letters.queries import letter
from service.letters.zipped import public_package
from service.operations.letter_sending import FILE, SENDERS, Shown, acting
from service.publishing.proofs import proof_since


@click.command()
@click.argument("letter_id", metavar="LETTER")
@as_account()
@click.pass_obj
def link(services: Any, letter_id: str, shown: Shown) -> None:
    """Ask for the link by which the addressee of LETTER fetches annex B; a reviewer who did not compose it decides.

    Example: petition letter link l_AbCdEfGhIj --as azra
    """
    made = composed_letter(services.log, letter_id)
    params = {"letter": letter_id, "names": made.names or ""}
    tell_asked(services, ask(services.desk, signed_in(services, shown), "package-link", params, services.clock.now()))


@click.command()
@click.argument("letter_id", metavar="LETTER")
@as_account()
@click.pass_obj
def slip(services: Any, letter_id: str, shown: Shown) -> None:
    """Show the link to annex B of LETTER, for a slip that goes with it on paper. It is recorded who looked.

    Example: petition letter slip l_AbCdEfGhIj --as azra
    """
    actor, now = signed_in(services, shown), services.clock.now()
    with services.database.write() as connection:
        demand_role(roles_now(connection, actor.account), SENDERS)
        address = link_of(connection, services.keys, letter_id, services.settings.base_url)
        if not address:
            raise Refused(
                f"{letter_id} has no link, or it is locked: ask for one with `petition letter link {letter_id}`"
            )
        note(connection, actor.account, "package link shown", day_of(now), about=(letter_id, 1))
    click.echo(f"{address}\nWhoever holds it gets the names: put it on the slip for the addressee, and nowhere else.")


@click.command()
@click.option("--told", metavar="LETTER", default="", help="The recipient of this letter was told of all listed.")
@as_account()
@click.pass_obj
def erased(services: Any, told: str, shown: Shown) -> None:
    """List who was erased after a recipient fetched their name: tell the recipient the entry (GDPR, Article 19).

    Example: petition letter erased --told l_AbCdEfGhIj --as azra
    """
    actor, now = signed_in(services, shown), services.clock.now()
    with services.database.write() as connection:
        demand_role(roles_now(connection, actor.account), SENDERS)
        if told:
            number = told_of_erased(connection, told)
            note(connection, actor.account, "recipient told of erasures", day_of(now), about=(told, number))
            click.echo(f"{told}: its recipient was told of {number}")
        found = erased_since(connection)
    for one in found:
        addressee = composed_letter(services.log, one["letter"]).addressee
        click.echo(
            f"{one['letter']}  tell {addressee} to delete the name of entry {one['entry']}, erased on {one['day']}"
        )
    click.echo(f"{len(found)} to tell")


@click.command()
@click.argument("letter_id", metavar="LETTER")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A new ZIP file.")
@click.pass_obj
def package(services: Any, letter_id: str, out: Path) -> None:
    """Write the public package of LETTER, without names: files, checkpoint, proof, and how to check them offline.

    Example: petition letter package l_AbCdEfGhIj --out letter.zip
    """
    with services.database.read() as connection:
        content = public_package(connection, letter(connection, letter_id), proof_since)
    try:
        with out.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise Refused(f"{out} is there already: name a new file") from error
    click.echo(f"written to {out}: {len(content)} bytes")


@click.command()
@click.argument("letter_id", metavar="LETTER")
@click.option("--about", type=click.Choice(get_args(CounselOn)), required=True, help="They read it, or names at risk.")
@click.option("--who", required=True, help="Counsel's name, and how they said so; kept sealed.")
@click.option("--scan", type=FILE, help="Their own paper: PDF, PNG or JPEG up to 20 MB; kept sealed.")
@as_account()
@click.pass_obj
def counsel(services: Any, letter_id: str, about: Any, who: str, scan: Path | None, shown: Shown) -> None:
    """Enter that counsel read LETTER, which is to a court, or consents to naming signers at risk in it.

    It holds for the words that the letter has now. Compose it again after that.

    Example: petition letter counsel l_AbCdEfGhIj --about review --who "Av. A. Example, by letter" --as azra
    """
    kept = read_scan(scan) if scan else None
    actor = acting(services, shown)
    command = RecordCounsel(letter_id, about, who, kept, actor.account, services.clock.now())
    record_counsel(command, services.log, services.keys)
    after = f"petition letter names {letter_id}" if about == "names" else f"compose it with --again {letter_id}"
    click.echo(f"counsel's word on {letter_id} is recorded, and kept sealed who that is: {after}")


@click.command()
@click.argument("letter_id", metavar="LETTER")
@as_account()
@click.pass_obj
def names(services: Any, letter_id: str, shown: Shown) -> None:
    """Ask that LETTER may name signers of an appeal at risk, after counsel; a reviewer who wrote none of it decides.

    Example: petition letter names l_AbCdEfGhIj --as azra
    """
    with services.database.read() as connection:
        params = {"letter": letter_id, "words": composed_words(services.log, connection, letter_id)}
    tell_asked(services, ask(services.desk, signed_in(services, shown), "letter-names", params, services.clock.now()))
