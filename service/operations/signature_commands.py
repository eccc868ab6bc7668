"""The commands `petition signatures …`: what looks false, and what two people decide about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from service.campaigns.numbers import decisions
from service.campaigns.queries import CampaignView, campaign_by_ref
from service.clock import day_of
from service.desk.access_record import note
from service.desk.accounts import Actor, demand_role
from service.desk.acting import as_account, signed_in
from service.desk.request_cli import tell_asked
from service.desk.sign_in import Credentials
from service.desk.two_people import ask
from service.errors import Refused
from service.operations.progress import progress_display
from service.request_kinds import MODERATORS, judgement_params
from service.signatures.anomalies import anomalies, domain_entries, group_entries, throwaway_domains
from service.signatures.commands import JudgeSignatures
from service.signatures.judging import REASONS, invalidation_of, taking_back_of
from service.signatures.queries import signature_entry

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
SIGNATURE = re.compile(r"[A-Za-z0-9_-]{22}")
KINDS = {
    "day": "far more signatures on this day than usual",
    "domain": "addresses of one domain",
    "throwaway": "addresses of throwaway services",
    "sequence": "addresses that count through, as in a1@ a2@ a3@",
    "tags": "addresses of one mailbox with different +tags",
    "name": "one name, or one that counts through",
}
Shown = Callable[[], Credentials]


@click.group()
def signatures() -> None:
    """Signatures that may be false. Example: petition signatures anomalies istanbul-two"""


@signatures.command("anomalies")
@click.argument("ref")
@click.option("--throwaway", type=EXISTING, help="Domains of throwaway services, one a line, in place of the own list.")
@as_account(required=False)
@click.pass_obj
def list_anomalies(services: Any, ref: str, throwaway: Path | None, shown: Shown | None) -> None:
    """Show what looks unlike people signing REF: groups and rough counts, never a name or an address.

    Without --as it tells what the public log holds. With the account of a moderator the sealed records are looked
    through too, which is noted; not at risk, where nobody's record is opened for it.

    Example: petition signatures anomalies istanbul-two --as mira
    """
    actor = _moderator(services, shown) if shown else None
    with services.database.read() as connection:
        campaign = campaign_by_ref(connection, ref)
    domains = throwaway_domains(throwaway) if throwaway else throwaway_domains()
    groups = _looked_through(services, campaign, actor, domains)
    for group in groups:
        click.echo(f"{group.id}  {group.kind:<10} {group.count:>8} or more  {KINDS[group.kind]} {group.shown}".rstrip())
    click.echo(f"{len(groups)} groups of {ref}; to have one decided: petition signatures invalidate {ref} --group ID")


@signatures.command()
@click.argument("ref")
@click.option("--file", "listed", type=EXISTING, help="Entries of the log or numbers of signatures, one a line.")
@click.option("--group", metavar="ID", help="A group that `petition signatures anomalies` shows.")
@click.option("--domain", help="All addresses of a domain that many share; nobody is shown an address.")
@click.option("--reason", type=click.Choice(REASONS), required=True, help="It will stand in the public log.")
@as_account()
@click.pass_obj
def invalidate(services: Any, /, ref: str, reason: Any, shown: Shown, **by: Any) -> None:
    """Ask that signatures of REF shall be found false; a second person sees exactly which, and decides.

    Example: petition signatures invalidate istanbul-two --file false.txt --reason automated --as mira
    """
    if sum(value is not None for value in by.values()) != 1:
        raise Refused("say which signatures: with one of --file, --group and --domain")
    actor = _moderator(services, shown)
    with services.database.read() as connection:
        campaign = campaign_by_ref(connection, ref)
        listed = _entries_in(connection, by["listed"]) if by["listed"] else []
    if by["group"]:
        listed = group_entries(_looked_through(services, campaign, actor, throwaway_domains()), by["group"])
    if by["domain"]:
        _note_look(services, actor)
        with services.database.read() as connection:
            listed = domain_entries(connection, services.keys, campaign, by["domain"])
    with services.database.read() as connection:
        command = invalidation_of(connection, campaign.id, listed, reason)
    _ask(services, actor, command)


@signatures.command()
@click.argument("batch", metavar="BATCH")
@as_account()
@click.pass_obj
def reinstate(services: Any, batch: str, shown: Shown) -> None:
    """Ask that the decision BATCH (b_…) shall be taken back; who withdrew since stays withdrawn.

    Example: petition signatures reinstate b_AbCdEfGhIj --as mira
    """
    actor = _moderator(services, shown)
    with services.database.read() as connection:
        command = taking_back_of(connection, batch)
    _ask(services, actor, command)


@signatures.command()
@click.argument("ref")
@click.pass_obj
def batches(services: Any, ref: str) -> None:
    """List the decisions about signatures of REF that stand in the log.

    Example: petition signatures batches istanbul-two
    """
    with services.database.read() as connection:
        found = decisions(connection, campaign_by_ref(connection, ref).id)
    for one in found:
        since = f"{one.reinstated} reinstated, {one.withdrawn} withdrawn since"
        click.echo(f"{one.batch}  {one.day}  {one.reason:<18} {one.hit} invalidated, {since}, {one.stands} stand")
    click.echo(f"{len(found)} decisions")


def _moderator(services: Any, shown: Shown) -> Actor:
    actor = signed_in(services, shown)
    demand_role(actor.roles, MODERATORS)
    return actor


def _looked_through(services: Any, campaign: CampaignView, actor: Actor | None, domains: frozenset[str]) -> list[Any]:
    if actor is not None:
        _note_look(services, actor)
    with progress_display() as progress, services.database.read() as connection:
        progress.add_task("signatures: looking through", total=None)
        return anomalies(connection, services.keys, campaign, domains if actor else None)


def _note_look(services: Any, actor: Actor) -> None:
    with services.database.write() as connection:
        note(connection, actor.account, "signatures looked through", day_of(services.clock.now()))


def _entries_in(connection: sa.Connection, path: Path) -> list[int]:
    """Return the entries that a file names. :raises Refused: naming the first line that is none."""
    found = []
    for place, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        written = line.partition("#")[0].strip()
        if written.isascii() and written.isdigit() and len(written) <= 12:
            found.append(int(written))
        elif SIGNATURE.fullmatch(written) and (signed := signature_entry(connection, written)):
            found.append(signed[0])
        elif written:
            raise Refused(f"{path}: line {place} is no entry of the log and no number of a signature in it")
    return found


def _ask(services: Any, actor: Actor, command: JudgeSignatures) -> None:
    asked = ask(services.desk, actor, "signatures-judge", judgement_params(command), services.clock.now())
    tell_asked(services, asked)
