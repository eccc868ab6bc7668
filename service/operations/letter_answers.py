"""The commands `petition letter …` for what an office sends back, and for letters that are not sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click

from service.desk.access_record import note
from service.desk.accounts import demand_role
from service.desk.acting import as_account, signed_in
from service.desk.request_cli import tell_asked
from service.desk.two_people import ask
from service.letters import commands
from service.letters.answers import acknowledge_letter, answer_letter, drop_letter, read_answer
from service.letters.evidence import SCAN_ENDINGS, evidence_of
from service.letters.evidence_end import KEPT_YEARS, kept_until
from service.letters.manual import read_scan
from service.operations.letter_sending import DAY, FILE, Shown, acting

READERS = frozenset({"organizer", "reviewer"})  # who approves a release has to read what is released


@click.command()
@click.argument("letter_id", metavar="LETTER")
@click.option("--number", required=True, help="The office's file number; kept sealed.")
@click.option("--day", type=DAY, required=True, help="The day on which it was given.")
@click.option("--scan", type=FILE, help="PDF, PNG or JPEG up to 20 MB; kept sealed.")
@as_account()
@click.pass_obj
def acknowledge(services: Any, letter_id: str, number: str, day: datetime, scan: Path | None, shown: Shown) -> None:
    """Enter that the office confirmed LETTER under a file number.

    Example: petition letter acknowledge l_AbCdEfGhIj --number 2026/17 --day 2026-03-12 --as azra
    """
    kept = read_scan(scan) if scan else None
    actor, now = acting(services, shown), services.clock.now()
    command = commands.AcknowledgeLetter(letter_id, number, day.date().isoformat(), kept, actor.account, now)
    acknowledge_letter(command, services.log, services.keys)
    click.echo(f"{letter_id} is acknowledged; the number is kept sealed")


@click.command()
@click.argument("letter_id", metavar="LETTER")
@click.option("--kind", type=click.Choice(get_args(commands.Outcome)), required=True, help="What kind of answer it is.")
@click.option("--file", type=FILE, required=True, help="PDF, PNG, JPEG or .txt; sealed until it is released.")
@click.option("--day", type=DAY, required=True, help="The day on which it came.")
@as_account()
@click.pass_obj
def answer(services: Any, letter_id: str, kind: Any, file: Path, day: datetime, shown: Shown) -> None:
    """Enter an answer to LETTER; every version is kept, and the newest stands first on its page.

    Example: petition letter answer l_AbCdEfGhIj --kind interim --file answer.pdf --day 2026-03-20 --as azra
    """
    document = read_answer(file)
    actor, now = acting(services, shown), services.clock.now()
    command = commands.AnswerLetter(letter_id, kind, document, day.date().isoformat(), actor.account, now)
    version = answer_letter(command, services.log, services.keys)
    click.echo(f"{letter_id} is answered, version {version}: `petition letter release {letter_id} --version {version}`")


@click.command()
@click.argument("letter_id", metavar="LETTER")
@click.option("--version", type=int, required=True, help="Of the answer.")
@as_account()
@click.pass_obj
def release(services: Any, letter_id: str, version: int, shown: Shown) -> None:
    """Ask that an answer to LETTER shall be shown to everybody; another person who read it decides.

    Example: petition letter release l_AbCdEfGhIj --version 1 --as azra
    """
    params = {"letter": letter_id, "version": version}
    tell_asked(services, ask(services.desk, signed_in(services, shown), "answer-release", params, services.clock.now()))


@click.command()
@click.argument("letter_id", metavar="LETTER")
@click.option("--reason", type=click.Choice(["abandoned", "replaced"]), required=True, help="It stands in the log.")
@as_account()
@click.pass_obj
def drop(services: Any, letter_id: str, reason: Any, shown: Shown) -> None:
    """State that LETTER will not be sent.

    Example: petition letter drop l_AbCdEfGhIj --reason replaced --as azra
    """
    acting(services, shown)
    drop_letter(commands.DropLetter(letter_id, reason, services.clock.now()), services.log)
    click.echo(f"{letter_id} is dropped: {reason}")


@click.command()
@click.argument("letter_id", metavar="LETTER")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="A folder for scans and documents.")
@as_account()
@click.pass_obj
def evidence(services: Any, letter_id: str, out: Path | None, shown: Shown) -> None:
    """Show what is sealed about LETTER: receipts, servers' words, file numbers, answers. It is recorded who looked.

    Example: petition letter evidence l_AbCdEfGhIj --as azra
    """
    actor = signed_in(services, shown)
    demand_role(actor.roles, READERS)
    with services.database.write() as connection:
        found = evidence_of(connection, services.keys, letter_id)
        day = services.clock.now().date().isoformat()
        note(connection, actor.account, "letter evidence shown", day, about=(letter_id, len(found)))
        until = kept_until(connection, services.log, letter_id) or f"{KEPT_YEARS} years after the appeal is sealed"
    for one in found:
        click.echo(f"{one.kind} of {one.day}, {one.hash}")
        for name, value in one.fields.items():
            click.echo(f"    {name:<12} {value}")
        if one.scan and out:
            out.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = out / (one.hash[:16] + SCAN_ENDINGS[one.scan.media_type])
            path.write_bytes(one.scan.content)
            click.echo(f"    {'written to':<12} {path}")
    click.echo(f"{len(found)} {'piece' if len(found) == 1 else 'pieces'} of evidence, kept until {until}")
