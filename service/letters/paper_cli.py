"""`petition letter wording`: what an organizer begins with."""

from __future__ import annotations

from pathlib import Path

import click

from service.letters.starters import languages, starter
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
