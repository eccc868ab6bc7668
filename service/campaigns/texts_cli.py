"""The commands `petition campaign text …`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from service.campaigns import queries
from service.campaigns.appeal_folder import APPEAL_FILE, AppealFolder, read_appeal_folder
from service.campaigns.changed_folder import change_problems, read_translation
from service.campaigns.commands import ChangeText, Draft, PublishTranslation, PublishWording
from service.campaigns.events import CampaignEvent, TextCorrected, TextReplaced, TranslationPublished
from service.campaigns.problems import Problem
from service.campaigns.text_changes import change_text, publish_translation, publish_wording
from service.campaigns.text_file import read_source
from service.campaigns.toml_lines import TomlLines
from service.campaigns.versions import text_versions, translation_states

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OPERATOR = "operator"  # who acts at the command line
REVIEWED_BY = click.option("--reviewed-by", type=click.IntRange(0, 99), default=0, metavar="N")
LANGUAGES = click.option("--language", "languages", multiple=True, help="Take this translation; without it, all.")


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
    found = _read(services, ref, folder)
    click.echo(f"{ref}: no problems, {len(found.notes)} notes")


@text.command()
@click.argument("ref")
@click.argument("folder", type=FOLDER)
@LANGUAGES
@REVIEWED_BY
@click.pass_obj
def correct(services: Any, ref: str, folder: Path, languages: tuple[str, ...], reviewed_by: int) -> None:
    """Correct the text of REF by that of FOLDER: whoever signed stands for it. Only what changes no meaning.

    N persons read the consent text, if that changed with this version.

    Example: petition campaign text correct istanbul-two examples/istanbul-two --language tr
    """
    found = _read(services, ref, folder)
    command = ChangeText(
        ref, "correct", Draft(**found.as_draft()), _chosen(found, languages), reviewed_by, OPERATOR,
        services.clock.now(),
    )  # fmt: skip
    _tell(change_text(command, services.log))


@text.command("replace")
@click.argument("ref")
@click.argument("folder", type=FOLDER)
@LANGUAGES
@REVIEWED_BY
@click.pass_obj
def replace_(services: Any, ref: str, folder: Path, languages: tuple[str, ...], reviewed_by: int) -> None:
    """Replace the text of REF by that of FOLDER: whoever signed has to sign again to stand for it.

    N persons read the consent text, if that changed with this version.

    Example: petition campaign text replace istanbul-two examples/istanbul-two
    """
    found = _read(services, ref, folder)
    command = ChangeText(
        ref, "replace", Draft(**found.as_draft()), _chosen(found, languages), reviewed_by, OPERATOR,
        services.clock.now(),
    )  # fmt: skip
    _tell(change_text(command, services.log))


@text.command()
@click.argument("ref")
@click.argument("language")
@click.argument("file", type=FILE)
@REVIEWED_BY
@click.pass_obj
def translation(services: Any, ref: str, language: str, file: Path, reviewed_by: int) -> None:
    """Keep FILE as the translation of REF's text into LANGUAGE; with N readers beside the translator it is published.

    Example: petition campaign text translation istanbul-two tr text.tr.md --reviewed-by 1
    """
    found, problems = read_translation(file, language)
    _refuse(problems)
    assert found is not None
    command = PublishTranslation(ref, found.fields, found.body, reviewed_by, OPERATOR, services.clock.now())
    _tell(publish_translation(command, services.log))
    if not reviewed_by:
        click.echo(f"kept {language}: not shown before somebody but the translator has read it (--reviewed-by)")


@text.command()
@click.argument("ref")
@REVIEWED_BY
@click.pass_obj
def consent(services: Any, ref: str, reviewed_by: int) -> None:
    """Use the consent text of this version for REF from now on; N persons have read it.

    Example: petition campaign text consent istanbul-two --reviewed-by 1
    """
    _tell(publish_wording(PublishWording(ref, reviewed_by, OPERATOR, services.clock.now()), services.log))


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


def _read(services: Any, ref: str, folder: Path) -> AppealFolder:
    with services.database.read() as connection:
        campaign = queries.campaign_by_ref(connection, ref)
    found = read_appeal_folder(folder)
    if not found.problems:
        source, _ = read_source(folder / APPEAL_FILE, APPEAL_FILE)
        found.problems += change_problems(found.data, campaign, TomlLines(source or ""))
    for note in found.notes:
        click.echo(f"note: {note}")
    _refuse(found.problems)
    return found


def _chosen(found: AppealFolder, languages: tuple[str, ...]) -> frozenset[str]:
    for one in languages:
        if one not in found.texts:
            raise click.UsageError(f"--language {one}: the folder has no text in it")
    return frozenset(languages)


def _refuse(problems: list[Problem]) -> None:
    for problem in sorted(problems):
        click.echo(str(problem), err=True)
    if problems:
        raise click.ClickException(f"{len(problems)} problems: correct them and check again")


def _tell(events: list[CampaignEvent]) -> None:
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
