"""`petition addressee`: the register of offices that letters go to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from service.clock import day_of
from service.letters.addressees import current_record, import_addressees, load_addressee
from service.letters.commands import MergeAddressees, RetireAddressee
from service.letters.queries import addressees
from service.letters.record_file import read_records, write_record, write_records
from service.letters.record_rules import ADDRESS_OF
from service.letters.register import FRESH_DAYS, age_of, differences, history, merge_addressees, records
from service.letters.register import retire_addressee as retire_office

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def addressee() -> None:
    """The register of offices that letters go to."""


@addressee.command("import")
@click.argument("file", type=FILE)
@click.pass_obj
def import_file(services: Any, file: Path) -> None:
    """Enter the records of FILE in the register, unverified: all of them, or none if there is a problem.

    Example: petition addressee import examples/istanbul-two/addressees.toml
    """
    for one in import_addressees(file, services.log, services.clock.now()):
        click.echo(f"{one.id}: {one.outcome}, {one.status}")


@addressee.command("list")
@click.pass_obj
def list_addressees(services: Any) -> None:
    """List the register.

    Example: petition addressee list
    """
    with services.database.read() as connection:
        found = addressees(connection)
    for one in found:
        click.echo(f"{one.id}  {one.kind}  {one.status}  {next(iter(one.name.values()))}")
    click.echo(f"{len(found)} addressees")


@addressee.command()
@click.argument("name", metavar="ID")
@click.pass_obj
def show(services: Any, name: str) -> None:
    """Show the record of the office ID: each field, what is not known yet, and how it came to be so.

    Example: petition addressee show tr-goc-idaresi
    """
    steps = history(services.log, name)
    with services.database.read() as connection:
        office = load_addressee(services.log, name)
        record = current_record(connection, office)
    click.echo(write_record(record, office.status))
    click.echo()
    for line in _remarks(record, day_of(services.clock.now())):
        click.echo(line)
    for step in steps:
        click.echo(f"{step.day}  {step.what:<10}  {step.detail}")


@addressee.command()
@click.argument("names", metavar="[ID]…", nargs=-1)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file. [standard output]")
@click.pass_obj
def export(services: Any, names: tuple[str, ...], out: Path | None) -> None:
    """Write the records of these offices, or of all, as a file that `import` reads.

    Example: petition addressee export --out register.toml
    """
    with services.database.read() as connection:
        found = records(connection, services.log, names)
    written = write_records(found)
    if out is None:
        click.echo(written, nl=False)
    else:
        out.write_bytes(written)
        click.echo(f"wrote {len(found)} records to {out}")


@addressee.command()
@click.argument("file", type=FILE)
@click.pass_obj
def diff(services: Any, file: Path) -> None:
    """Say what importing FILE would change, field by field; exits 1 if anything would.

    Example: petition addressee diff examples/istanbul-two/addressees.toml
    """
    changed = 0
    for record in read_records(file.read_bytes(), file.name):
        with services.database.read() as connection:
            office = load_addressee(services.log, record["id"])
            said = _change(record, current_record(connection, office), office.status)
        changed += bool(said)
        for line in said:
            click.echo(line)
    click.echo(f"{changed} records differ from the register")
    if changed:
        raise SystemExit(1)


@addressee.command()
@click.argument("old")
@click.argument("word", metavar="INTO", type=click.Choice(["into"], case_sensitive=False))
@click.argument("new")
@click.pass_obj
def merge(services: Any, old: str, word: str, new: str) -> None:
    """Write to the office NEW in place of OLD: OLD is retired, and the record of NEW, verified anew, names it.

    Example: petition addressee merge tr-old-office into tr-new-office
    """
    document = merge_addressees(MergeAddressees(old, new, services.clock.now()), services.log)
    click.echo(f"{old} was merged into {new}: verify its record {document} before a letter goes there")


@addressee.command()
@click.argument("name", metavar="ID")
@click.option("--reason", type=click.Choice(["closed", "wrong"]), required=True)
@click.pass_obj
def retire(services: Any, name: str, reason: str) -> None:
    """Write to the office ID no more. This cannot be undone; the records stay in the archive.

    Example: petition addressee retire tr-old-office --reason closed
    """
    retire_office(RetireAddressee(name, reason, services.clock.now()), services.log)  # type: ignore[arg-type]
    click.echo(f"retired {name}: {reason}")


def _change(record: dict[str, Any], current: dict[str, Any], status: str) -> list[str]:
    if status == "retired":
        return [f"{record['id']}: retired, so the import would be refused: take it out of the file"]
    lines = differences(current, {"formerly": current["formerly"], **record} if "formerly" in current else record)
    return [f"{record['id']}: {'changed' if current else 'new'}", *(f"  {line}" for line in lines)] if lines else []


def _remarks(record: dict[str, Any], today: str) -> list[str]:
    said = [
        f"note: the address for {channel} is not known: fill in {ADDRESS_OF[channel]}"
        for channel in record["channels"]
        if not record.get(ADDRESS_OF[channel])
    ]
    age = age_of(record, today)
    if age is None:
        said.append("note: nobody has compared this record with the office's own page: fill in source_url, checked_on")
    elif age > FRESH_DAYS:
        said.append(
            f"note: compared with the office's own page {age} days ago, more than {FRESH_DAYS}: compare it again"
        )
    holder = record.get("office_holder")
    if holder and holder["valid_to"] and holder["valid_to"] < today:
        said.append(f"note: {holder['name']} held the office until {holder['valid_to']}: letters name nobody")
    return said
