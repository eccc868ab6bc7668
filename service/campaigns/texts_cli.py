"""The commands `petition campaign text …`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from service.campaigns import queries
from service.campaigns.appeal_folder import APPEAL_FILE, AppealFolder, read_appeal_folder
from service.campaigns.changed_folder import change_problems
from service.campaigns.commands import PublishWording
from service.campaigns.events import CampaignEvent, TextCorrected, TextReplaced, TranslationPublished
from service.campaigns.problems import Problem
from service.campaigns.text_changes import publish_wording
from service.campaigns.text_file import read_source
from service.campaigns.toml_lines import TomlLines
from service.campaigns.versions import text_versions, translation_states

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
OPERATOR = "operator"  # who acts at the command line
REVIEWED_BY = click.option("--reviewed-by", type=click.IntRange(0, 99), default=0, metavar="N")


@click.group()
def text() -> None:
    """An open appeal's text: corrected, replaced, translated. Example: petition campaign text list istanbul-two"""


@text.command()
@click.argument("ref")
@click.argument("folder", type=FOLDER)
@click.pass_obj
def check(services: Any, ref: str, folder: Path) -> None:
    """List every problem of FOLDER as the new text of REF, with file, line and what to do; exit 1 if there is one.

    Example: petition campaign text check istanbul-two examples/istanbul-two
    """
    found = read_changed(services, ref, folder)
    click.echo(f"{ref}: no problems, {len(found.notes)} notes")


@text.command()
@click.argument("ref")
@REVIEWED_BY
@click.pass_obj
def consent(services: Any, ref: str, reviewed_by: int) -> None:
    """Use the consent text of this version for REF from now on; N persons have read it.

    Example: petition campaign text consent istanbul-two --reviewed-by 1
    """
    tell(publish_wording(PublishWording(ref, reviewed_by, OPERATOR, services.clock.now()), services.log))


@text.command("list")
@click.argument("ref")
@click.pass_obj
def list_(services: Any, ref: str) -> None:
    """List the texts of REF, how each led to the next, who stands for it, and the translations.

    Example: petition campaign text list istanbul-two
    """
    with services.database.read() as connection:
        campaign = queries.campaign_by_ref(connection, ref)
        versions = text_versions(connection, campaign)
        size = queries.counts(connection, campaign.id).log_size
        translations = translation_states(connection, campaign)
    for version in versions:
        said = f"signed by {version.signed} at entry {size}"
        click.echo(f"{version.day}  {version.text[:16]}…  {version.how:<10} {said}")
    for one in translations:
        state = "outdated: of an earlier text, not used" if one.is_outdated else f"read by {one.reviewed}"
        click.echo(f"{one.language:<10}  {one.hash[:16]}…  {one.state:<10} {state}")


def read_changed(services: Any, ref: str, folder: Path) -> AppealFolder:
    """Return the folder that shall change an open appeal. :raises ClickException: after its problems."""
    with services.database.read() as connection:
        campaign = queries.campaign_by_ref(connection, ref)
    found = read_appeal_folder(folder)
    if not found.problems:
        source, _ = read_source(folder / APPEAL_FILE, APPEAL_FILE)
        found.problems += change_problems(found.data, campaign, TomlLines(source or ""))
    for note in found.notes:
        click.echo(f"note: {note}")
    refuse(found.problems)
    return found


def chosen_of(found: AppealFolder, languages: tuple[str, ...]) -> frozenset[str]:
    """Return the translations that are taken. :raises UsageError: naming one that the folder does not have."""
    for one in languages:
        if one not in found.texts:
            raise click.UsageError(f"--language {one}: the folder has no text in it")
    return frozenset(languages)


def refuse(problems: list[Problem]) -> None:
    """List the problems. :raises ClickException: if there is one."""
    for problem in sorted(problems):
        click.echo(str(problem), err=True)
    if problems:
        raise click.ClickException(f"{len(problems)} problems: correct them and check again")


def tell(events: list[CampaignEvent]) -> None:
    """Say what was published."""
    for event in events:
        match event:
            case TextCorrected():
                click.echo(f"corrected: text {event.text[:16]}…; whoever signed stands for it")
            case TextReplaced():
                click.echo(f"replaced: text {event.text[:16]}…; whoever signed has to sign again")
            case TranslationPublished():
                click.echo(f"published {event.language}: {event.document[:16]}…, read by {event.reviewed}")
            case _:
                click.echo("published: the consent text of this version")
