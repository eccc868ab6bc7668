"""The commands `petition campaign …`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from service.campaigns import queries
from service.campaigns.appeal_folder import AppealFolder, read_appeal_folder
from service.campaigns.commands import PauseCampaign, ResumeCampaign
from service.campaigns.drafts import drafts
from service.campaigns.pausing import lasting, pause_campaign, resume_campaign

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
OPERATOR = "operator"  # who acts at the command line


@click.group()
def campaign() -> None:
    """Appeals: from a folder of texts to the closing day."""


@campaign.command()
@click.argument("folder", type=FOLDER)
def check(folder: Path) -> None:
    """List every problem of an appeal's FOLDER with file, line and what to do; exit 1 if there is one.

    Example: petition campaign check examples/istanbul-two
    """
    found = read_appeal_folder(folder)
    for note in found.notes:
        click.echo(f"note: {note}")
    refuse_problems(found)
    click.echo(f"{found.data['ref']}: no problems, {len(found.notes)} notes")


WHAT = click.option("--what", type=click.Choice(("signing", "mail")), required=True)


@campaign.command()
@click.argument("ref")
@WHAT
@click.pass_obj
def pause(services: Any, ref: str, what: str) -> None:
    """Stop signing or mail of REF for a while. The page says so of signing; mail that waits for 72 hours is dropped.

    Example: petition campaign pause istanbul-two --what signing
    """
    pause_campaign(PauseCampaign(ref, what, OPERATOR, services.clock.now()), services.database)
    click.echo(f"paused {ref}: {what}")


@campaign.command()
@click.argument("ref")
@WHAT
@click.pass_obj
def resume(services: Any, ref: str, what: str) -> None:
    """Take up again what was paused for REF.

    Example: petition campaign resume istanbul-two --what signing
    """
    resume_campaign(ResumeCampaign(ref, what, OPERATOR, services.clock.now()), services.database)
    click.echo(f"resumed {ref}: {what}")


@campaign.command("list")
@click.pass_obj
def list_(services: Any) -> None:
    """List all appeals with state, closing day and count.

    Example: petition campaign list
    """
    with services.database.read() as connection:
        for ref in drafts(connection):
            click.echo(f"{ref:<24} imported")
        campaigns = queries.campaigns(connection)
        counts = queries.all_counts(connection, [one.id for one in campaigns])
    for one in campaigns:
        size = f"{counts[one.id].active} at entry {counts[one.id].log_size}"
        click.echo(f"{one.ref:<24} {one.state:<10} until {one.closes}  {size}")


@campaign.command()
@click.argument("ref")
@click.pass_obj
def show(services: Any, ref: str) -> None:
    """Show the appeal REF: state, text, rules, counts.

    Example: petition campaign show istanbul-two
    """
    with services.database.read() as connection:
        one = queries.campaign_by_ref(connection, ref)
        found = queries.counts(connection, one.id)
        paused = lasting(connection, one.id)
    for name in ("id", "state", "text", "wording", "opens", "closes"):
        click.echo(f"{name:<12} {getattr(one, name)}")
    for what, since in paused.items():
        click.echo(f"{'paused':<12} {what} since {since}")
    for name in one.rules.__struct_fields__:
        click.echo(f"{'rules.' + name:<20} {getattr(one.rules, name)}")
    for name, value in vars(found).items():
        click.echo(f"{name:<12} {value}")


def refuse_problems(found: AppealFolder) -> None:
    """List what is wrong with a folder. :raises ClickException: if anything is."""
    for problem in sorted(found.problems):
        click.echo(str(problem), err=True)
    if found.problems:
        raise click.ClickException(f"{len(found.problems)} problems: correct them and check again")
