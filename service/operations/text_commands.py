"""The commands that bring in texts: who wrote them is kept, and the slice knows no accounts, so they stand here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from service.campaigns.appeal_folder import read_appeal_folder
from service.campaigns.changed_folder import read_translation
from service.campaigns.cli import refuse_problems
from service.campaigns.commands import ChangeText, Draft, PublishTranslation
from service.campaigns.drafts import import_appeal
from service.campaigns.events import CampaignEvent
from service.campaigns.text_changes import change_text, publish_translation
from service.campaigns.texts_cli import FOLDER, OPERATOR, REVIEWED_BY, chosen_of, read_changed, refuse, tell
from service.campaigns.writers import with_writers
from service.clock import day_of
from service.desk.access_record import note
from service.desk.accounts import account_row, demand_role
from service.desk.acting import as_account, signed_in
from service.desk.sign_in import Credentials
from service.errors import Refused

WRITERS = frozenset({"organizer", "translator"})  # PAGES.md section 6
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LANGUAGES = click.option("--language", "languages", multiple=True, help="Take this translation; without it, all.")
WRITTEN_BY = click.option(
    "--written-by", "others", multiple=True, metavar="ACCOUNT", help="Who else wrote what is new in it; needs --as."
)
Shown = Callable[[], Credentials]


@click.command("import")
@click.argument("folder", type=FOLDER)
@WRITTEN_BY
@as_account(required=False)
@click.pass_obj
def import_(services: Any, folder: Path, others: tuple[str, ...], shown: Shown | None) -> None:
    """Keep the appeal in FOLDER until it opens, in place of an earlier import.

    With --as it is kept that this account wrote what is new in it: its letters need another approver.

    Example: petition campaign import examples/istanbul-two --as azra
    """
    found = read_appeal_folder(folder)
    refuse_problems(found)
    by = _writers(services, shown, others)
    with services.database.write() as connection:
        ref = import_appeal(connection, found, by.all)
    _note(services, by, "appeal imported")
    click.echo(f"imported {ref}: {len(found.texts)} texts, {len(found.wordings)} letter wordings")


@click.command()
@click.argument("ref")
@click.argument("folder", type=FOLDER)
@LANGUAGES
@REVIEWED_BY
@WRITTEN_BY
@as_account(required=False)
@click.pass_obj
def correct(services: Any, /, shown: Shown | None, **given: Any) -> None:
    """Correct the text of REF by that of FOLDER: whoever signed stands for it. Only what changes no meaning.

    N persons read the consent text, if that changed with this version. With --as it is kept who wrote what is new.

    Example: petition campaign text correct istanbul-two examples/istanbul-two --language tr --as azra
    """
    tell(_changed(services, shown, "correct", given))


@click.command("replace")
@click.argument("ref")
@click.argument("folder", type=FOLDER)
@LANGUAGES
@REVIEWED_BY
@WRITTEN_BY
@as_account(required=False)
@click.pass_obj
def replace_(services: Any, /, shown: Shown | None, **given: Any) -> None:
    """Replace the text of REF by that of FOLDER: whoever signed has to sign again to stand for it.

    N persons read the consent text, if that changed with this version. With --as it is kept who wrote what is new.

    Example: petition campaign text replace istanbul-two examples/istanbul-two --as azra
    """
    tell(_changed(services, shown, "replace", given))


@click.command()
@click.argument("ref")
@click.argument("language")
@click.argument("file", type=FILE)
@REVIEWED_BY
@WRITTEN_BY
@as_account(required=False)
@click.pass_obj
def translation(services: Any, /, ref: str, language: str, file: Path, reviewed_by: int, **who: Any) -> None:
    """Keep FILE as the translation of REF's text into LANGUAGE; with N readers beside the translator it is published.

    With --as it is kept who wrote it.

    Example: petition campaign text translation istanbul-two tr text.tr.md --reviewed-by 1 --as tomris
    """
    found, problems = read_translation(file, language)
    refuse(problems)
    assert found is not None
    by, now = _writers(services, who["shown"], who["others"]), services.clock.now()
    command = PublishTranslation(ref, found.fields, found.body, reviewed_by, by.actor, now, by.all)
    tell(publish_translation(command, services.log))
    _note(services, by, "translation brought in")
    if not reviewed_by:
        click.echo(f"kept {language}: not shown before somebody but the translator has read it (--reviewed-by)")


def _changed(
    services: Any, shown: Shown | None, change: Literal["correct", "replace"], given: dict[str, Any]
) -> list[CampaignEvent]:
    found = read_changed(services, given["ref"], given["folder"])
    chosen = chosen_of(found, given["languages"])
    by = _writers(services, shown, given["others"])
    draft = found.as_draft()
    draft |= {name: with_writers(draft[name], {}, by.all) for name in ("texts", "wordings")}
    now = services.clock.now()
    command = ChangeText(given["ref"], change, Draft(**draft), chosen, given["reviewed_by"], by.actor, now)
    events = change_text(command, services.log)
    _note(services, by, f"text: {change}")
    return events


@dataclass(frozen=True)
class _Writers:
    """Who brings texts in, and the accounts' ids of all who wrote them."""

    actor: str = OPERATOR
    all: frozenset[str] = frozenset()


def _writers(services: Any, shown: Shown | None, others: tuple[str, ...]) -> _Writers:
    if shown is None:
        if others:
            raise Refused("who wrote it is kept by an account: add --as ACCOUNT")
        return _Writers()
    actor = signed_in(services, shown)
    demand_role(actor.roles, WRITERS)
    with services.database.read() as connection:
        named = {str(account_row(connection, name)["id"]) for name in others}
    return _Writers(actor.account, frozenset({actor.account, *named}))


def _note(services: Any, by: _Writers, action: str) -> None:
    if by.all:
        with services.database.write() as connection:
            note(connection, by.actor, action, day_of(services.clock.now()))
