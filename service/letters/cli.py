"""`petition letter`."""

from __future__ import annotations

from typing import Any

import click

from service.campaigns.queries import campaign_by_ref, campaigns
from service.letters.commands import ComposeLetter
from service.letters.handlers import compose_letter
from service.letters.queries import letters_of
from service.letters.rebuilding import rebuild_letter


@click.group()
def letter() -> None:
    """Compose letters, list them, make them again."""


@letter.command()
@click.argument("ref")
@click.argument("letter_id", metavar="LETTER")
@click.option("--again", default="", metavar="ID", help="Compose this letter (l_…) anew instead of a new one.")
@click.option("--actor", default="operator", show_default=True, help="Who composes it.")
@click.pass_obj
def compose(services: Any, ref: str, letter_id: str, again: str, actor: str) -> None:
    """Compose LETTER of the appeal REF at the present log size.

    Example: petition letter compose istanbul-two L1
    """
    command = ComposeLetter(ref, letter_id, actor, services.clock.now(), again)
    made = compose_letter(command, services.log, services.settings.base_url)
    address = f"{services.settings.base_url}/{services.settings.languages[0]}/c/{ref}/letters/{made}"
    click.echo(f"composed {ref}/{letter_id} as {made}: {address}")


@letter.command("list")
@click.argument("ref", required=False)
@click.pass_obj
def list_letters(services: Any, ref: str | None) -> None:
    """List the letters of an appeal, or of all.

    Example: petition letter list istanbul-two
    """
    with services.database.read() as connection:
        chosen = [campaign_by_ref(connection, ref)] if ref else campaigns(connection)
        found = [one for campaign in chosen for one in letters_of(connection, campaign.id)]
    for one in found:
        counted = f"{one.active} signatures at size {one.at_size}"
        click.echo(f"{one.id}  {one.reference}  {one.addressee}  {one.state}  {counted}  {one.day}")
    click.echo(f"{len(found)} letters")


@letter.command()
@click.argument("letter_id", metavar="LETTER")
@click.pass_obj
def rebuild(services: Any, letter_id: str) -> None:
    """Make LETTER (l_…) again and compare every byte with the log; exits 1 if something differs.

    Example: petition letter rebuild l_AbCdEfGhIj
    """
    differences = rebuild_letter(letter_id, services.log)
    for one in differences:
        click.echo(f"{one.part} differs: the log states {one.stated}, made now {one.made}", err=True)
    if differences:
        raise SystemExit(1)
    click.echo(f"{letter_id}: letter, courtesy versions and annex A are the same bytes again")
