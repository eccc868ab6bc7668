"""`petition letter wording` and `petition letter sheet`: what an organizer begins with, and prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from service.campaigns.queries import campaign_by_ref
from service.letters.sheet import Site, print_sheet, refuse_sheet
from service.letters.starters import languages, starter
from service.letters.template import typst_source
from service.letters.typesetting import typeset
from service.letters.wording import SECTIONS


@click.command()
@click.argument("kind", type=click.Choice(list(SECTIONS)))
@click.option("--language", type=click.Choice(languages()), required=True)
@click.option("--original", type=click.Choice(languages()), default="en", show_default=True, help="The appeal's own.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file. [standard output]")
def wording(kind: str, language: str, original: str, out: Path | None) -> None:
    """Write a wording of KIND to begin from. Gaps between braces must be filled; nobody has reviewed it.

    Example: petition letter wording parliament --language fr --out letters/parliament.fr.md
    """
    words = starter(kind, language, original)
    if out is None:
        click.echo(words, nl=False)
    else:
        out.write_text(words, encoding="utf-8")
        click.echo(f"wrote {out}: fill what stands between braces, then let another person review it")


@click.command()
@click.argument("ref")
@click.option("--language", required=True, help="One of the appeal's: where no reviewed text stands, the original's.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Write the PDF here.")
@click.pass_obj
def sheet(services: Any, ref: str, language: str, out: Path) -> None:
    """Write the sheet on which the appeal REF is signed on paper; the worker keeps the same one for its page.

    Example: petition letter sheet istanbul-two --language tr --out sheet.pdf
    """
    site = Site(services.settings.base_url, services.settings.languages)
    with services.database.read() as connection:
        campaign = campaign_by_ref(connection, ref)
        refuse_sheet(campaign)
        if language not in campaign.settings["languages"]:
            raise click.ClickException(f"{ref} is in {', '.join(campaign.settings['languages'])}: name one of these")
        printed = print_sheet(connection, campaign, language, site)
    out.write_bytes(typeset(printed, typst_source("sheet.typ")))
    click.echo(f"wrote {out}: text {printed['text_hash']}, in {printed['lang']}")
