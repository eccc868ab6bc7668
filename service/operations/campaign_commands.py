"""The commands that open and end an appeal and tell of it: the slice knows no accounts, so they stand here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from service.campaigns import queries
from service.campaigns.commands import (
    CloseCampaign,
    ExtendCampaign,
    OpenCampaign,
    PostUpdate,
    RecordOutcome,
    ReopenCampaign,
    WithdrawCampaign,
)
from service.campaigns.handlers import close_campaign, extend_campaign, reopen_campaign, withdraw_campaign
from service.campaigns.opening import open_campaign
from service.campaigns.telling import post_update, read_news, record_outcome
from service.campaigns.text_file import TextFile
from service.clock import day_of
from service.desk.access_record import note
from service.desk.accounts import demand_role
from service.desk.acting import as_account, signed_in
from service.desk.sign_in import Credentials

ORGANIZERS = frozenset({"organizer"})
CLOSE_REASONS = ("goal", "outcome", "organizer", "order")
WITHDRAW_REASONS = ("persons-request", "organizer", "order")
OUTCOMES = ("granted", "partly", "refused", "moot", "unknown")
DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FILES = click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE…")
Shown = Callable[[], Credentials]


@click.command("open")
@click.argument("ref")
@as_account()
@click.pass_obj
def open_(services: Any, ref: str, shown: Shown) -> None:
    """Open the imported appeal REF for signatures.

    Example: petition campaign open istanbul-two --as olga
    """
    actor = _organizer(services, shown)
    campaign_id = open_campaign(OpenCampaign(ref, actor, services.clock.now()), services.log, services.keys)
    _note(services, actor, "campaign opened")
    with services.database.read() as connection:
        opened = queries.campaign_by_id(connection, campaign_id)
    click.echo(f"opened {ref} as {campaign_id}: text {opened.text[:16]}…, until {opened.closes}")


@click.command()
@click.argument("ref")
@click.option("--reason", type=click.Choice(CLOSE_REASONS), default="organizer", show_default=True)
@as_account()
@click.pass_obj
def close(services: Any, ref: str, reason: str, shown: Shown) -> None:
    """Take no more signatures for REF; what was confirmed before is recorded first.

    Example: petition campaign close istanbul-two --reason outcome --as olga
    """
    actor = _organizer(services, shown)
    close_campaign(CloseCampaign(ref, reason, actor, services.clock.now()), services.log)
    _note(services, actor, "campaign closed")
    click.echo(f"closed {ref}: {reason}")


@click.command()
@click.argument("ref")
@click.argument("closes", type=DAY)
@as_account()
@click.pass_obj
def extend(services: Any, ref: str, closes: Any, shown: Shown) -> None:
    """Move the closing day of REF to the later day CLOSES (UTC).

    Example: petition campaign extend istanbul-two 2027-03-31 --as olga
    """
    actor, day = _organizer(services, shown), closes.date().isoformat()
    extend_campaign(ExtendCampaign(ref, day, actor, services.clock.now()), services.log)
    _note(services, actor, "campaign extended")
    click.echo(f"extended {ref} until {day}")


@click.command()
@click.argument("ref")
@click.option("--reason", type=click.Choice(WITHDRAW_REASONS), required=True)
@as_account()
@click.pass_obj
def withdraw(services: Any, ref: str, reason: str, shown: Shown) -> None:
    """Take the appeal REF back. This cannot be undone.

    Example: petition campaign withdraw istanbul-two --reason persons-request --as olga
    """
    actor = _organizer(services, shown)
    withdraw_campaign(WithdrawCampaign(ref, reason, actor, services.clock.now()), services.log)
    _note(services, actor, "campaign withdrawn")
    click.echo(f"withdrew {ref}: {reason}")


@click.command()
@click.argument("ref")
@click.argument("closes", type=DAY)
@as_account()
@click.pass_obj
def reopen(services: Any, ref: str, closes: Any, shown: Shown) -> None:
    """Take signatures again for REF, which was closed, until CLOSES (UTC): within the 30 days before it is sealed.

    Example: petition campaign reopen istanbul-two 2027-03-31 --as olga
    """
    actor, day = _organizer(services, shown), closes.date().isoformat()
    reopen_campaign(ReopenCampaign(ref, day, actor, services.clock.now()), services.log)
    _note(services, actor, "campaign reopened")
    click.echo(f"reopened {ref} until {day}")


@click.command()
@click.argument("ref")
@click.argument("result", type=click.Choice(OUTCOMES))
@FILES
@as_account()
@click.pass_obj
def outcome(services: Any, /, ref: str, result: str, files: tuple[Path, ...], shown: Shown) -> None:
    """Say what became of the matter of REF, with FILES of the form of an update. A later one takes its place.

    Example: petition campaign outcome istanbul-two partly outcome.md --as olga
    """
    (told, *others), actor = _read(services, ref, files), _organizer(services, shown)
    translations = tuple((one.fields, one.body) for one in others)
    command = RecordOutcome(ref, result, told.fields, told.body, actor, services.clock.now(), translations)
    document = record_outcome(command, services.log)
    _note(services, actor, "outcome recorded")
    click.echo(f"recorded the outcome of {ref}: {result}, {document[:16]}…")


@click.group()
def update() -> None:
    """News of an appeal, published and mailed. Example: petition campaign update check istanbul-two update.md"""


@update.command()
@click.argument("ref")
@FILES
@click.pass_obj
def check(services: Any, ref: str, files: tuple[Path, ...]) -> None:
    """List every problem of FILES as news of REF, with line and what to do; exit 1 if there is one.

    The first is the original, others are its translations into languages of the appeal. Between two lines +++ stand
    format = "undersigned-news/1", language, direction and title, and of a translation translates, the first file's
    name, and state = "reviewed"; then Markdown.

    Example: petition campaign update check istanbul-two update.md update.tr.md
    """
    for one in _read(services, ref, files):
        click.echo(f"{one.name}: no problems, {len(one.body)} characters in {one.fields['language']}")


@update.command()
@click.argument("ref")
@FILES
@as_account()
@click.pass_obj
def post(services: Any, ref: str, files: tuple[Path, ...], shown: Shown) -> None:
    """Publish FILES as news of REF; the worker mails each who asked for news their language. No calling it back.

    Example: petition campaign update post istanbul-two update.md update.tr.md --as olga
    """
    (told, *others), actor = _read(services, ref, files), _organizer(services, shown)
    translations = tuple((one.fields, one.body) for one in others)
    command = PostUpdate(ref, told.fields, told.body, actor, services.clock.now(), translations)
    document = post_update(command, services.log)
    _note(services, actor, "update posted")
    address = f"{services.settings.base_url}/{services.settings.languages[0]}/c/{ref}/updates"
    click.echo(f"posted {document[:16]}…: {address}")


def _read(services: Any, ref: str, files: tuple[Path, ...]) -> list[TextFile]:
    with services.database.read() as connection:
        campaign = queries.campaign_by_ref(connection, ref)
    found, problems = read_news(files, campaign.settings["languages"])
    for problem in sorted(problems):
        click.echo(str(problem), err=True)
    if problems:
        raise click.ClickException(f"{len(problems)} problems: correct them and check again")
    return found


def _organizer(services: Any, shown: Shown) -> str:
    """Return the account that acts (docs/decisions/0021). :raises Forbidden: if it is no organizer's."""
    actor = signed_in(services, shown)
    demand_role(actor.roles, ORGANIZERS)
    return actor.account


def _note(services: Any, actor: str, action: str) -> None:
    with services.database.write() as connection:
        note(connection, actor, action, day_of(services.clock.now()))
