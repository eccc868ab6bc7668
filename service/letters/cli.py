"""`petition letter`."""

from __future__ import annotations

from typing import Any

import click

from service.campaigns.queries import campaign_by_ref, campaigns
from service.letters.approval import load_letter
from service.letters.drafts import drafts
from service.letters.queries import letters_of
from service.letters.rebuilding import rebuild_letter


@click.group()
def letter() -> None:
    """Compose letters, approve them, list them, make them again."""


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
        state = load_letter(services.log, one.id).state  # with what no page shows: queued, handing over
        click.echo(f"{one.id}  {one.reference}  {one.addressee}  {state}  {counted}  {one.day}")
    click.echo(f"{len(found)} letters")


@letter.command("drafts")
@click.pass_obj
def list_drafts(services: Any) -> None:
    """List the drafts that milestones and missing answers raised, with the command that composes each.

    Example: petition letter drafts
    """
    with services.database.read() as connection:
        found = drafts(connection, services.log)
    for one in found:
        why = f"{one.milestone} {one.occasion}".strip()
        click.echo(f"{one.letter}  {one.ref}/{one.slot}  {one.addressee}  by {why}, {one.day}, log size {one.at_size}")
        click.echo(f"    petition letter compose {one.ref} {one.slot} --again {one.letter} --as ACCOUNT")
    click.echo(f"{len(found)} drafts")


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
