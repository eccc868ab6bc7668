"""`python -m service.audit package FILE`: a letter's package, checked offline or against the log."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec

from service.audit.command_line import Commands, add_output, add_policy, command, progress
from service.audit.ledger import Ledger
from service.audit.notes import BadNote
from service.audit.package_check import LETTER, NAMES, Heard, Package, check_against, check_alone, open_package
from service.audit.package_file import read_package
from service.audit.policy import read_policy
from service.audit.printing import as_text, shown, verdict
from service.audit.reading import Unreadable
from service.audit.replay import Replay
from service.audit.report import Report
from service.audit.stops import Stop
from service.audit.verifying import Terms, audit

EVERYTHING = 2**53  # entries: more than any log has


class PackageReport(msgspec.Struct, frozen=True):
    """What a package is of, and the report on it and on the log that it was held against."""

    letter: str
    campaign: str
    at_size: int
    active: int
    named: int
    report: Report


def add(commands: Commands) -> None:
    """Adds the command."""
    example = "package letter.zip --policy keys.txt --source https://petitions.example.org/log"
    added = command(commands, "package", run, "check a letter's package, and the names in it if it has any", example)
    added.add_argument("file", type=Path, metavar="FILE", help="the ZIP file as it was fetched")
    kinds = "the log's address, a folder with a copy of it, or a .tar, .tar.gz or .zip of one"
    added.add_argument("--source", metavar="SOURCE", help=kinds)
    add_policy(added, required=True)
    added.add_argument("--names", action="store_true", help="print each name with its entry")
    add_output(added)


def run(options: argparse.Namespace) -> int:
    """Checks files, checkpoint and proof offline; with --source the letter and each name against the log's entries."""
    package, ledger = open_package(read_package(options.file)), Ledger()
    try:
        check_alone(package, read_policy(options.policy.read_bytes()), ledger)
    except (OSError, BadNote) as error:
        raise Unreadable(f"Cannot read {options.policy}: {error}") from error
    report = ledger.before(_held_against_the_log(options, package, ledger))
    letter, named = package.letter, len(package.names.openings) if package.names else 0
    found = PackageReport(letter.letter, letter.campaign, letter.at_size, letter.active, named, report)
    if options.json:
        print(msgspec.json.encode(found, order="sorted").decode())
    elif options.quiet:
        print(verdict(report))
    else:
        print("\n".join([*_lines(found, package, with_names=options.names), "", as_text(report)]))
    return report.exit_code


def _held_against_the_log(options: argparse.Namespace, package: Package, ledger: Ledger) -> Report:
    if options.source is None:
        for title in (LETTER, NAMES):
            ledger.skip(title, "needs the log: give its --source")
        return Replay().report()
    heard = Heard(package)
    terms = Terms(stop=Stop(size=EVERYTHING), heard=heard.feed)
    outcome = audit(options.source, options.policy, progress(options), (), terms)
    if outcome.replayed.size < package.letter.at_size:
        raise Unreadable(f"{options.source} gave {outcome.replayed.size} entries, the letter is of more: verify it.")
    check_against(package, heard, outcome.replayed.log, ledger)
    return outcome.report


def _lines(found: PackageReport, package: Package, *, with_names: bool) -> Iterator[str]:
    yield f"letter  {found.letter} of {found.campaign}: {found.active} signatures at size {found.at_size}"
    yield f"names   {found.named}" if found.named else "names   none: this is the public package"
    if with_names and package.names is not None:
        for one in package.names.openings:
            country = one.person.country if isinstance(one.person.country, str) else ""
            yield f"        {one.entry:>8}  {country or '--'}  {shown(one.person.name)}"
