"""`python -m service.audit sample FILE`: signatures drawn by lot, opened for the auditor, held against the log."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec

from service.audit.command_line import Commands, add_output, add_policy, command, progress
from service.audit.ledger import Ledger
from service.audit.notes import BadNote, parse_note
from service.audit.printing import as_text, verdict
from service.audit.published import read_checkpoint_text
from service.audit.reading import Unreadable
from service.audit.report import CLEAN, Report
from service.audit.sample_check import Against, Figures, check_sample
from service.audit.sample_file import new_key, read_key, read_sample
from service.audit.sampling import CHAINS, Population
from service.audit.stops import Stop
from service.audit.times import moment
from service.audit.verifying import Terms, audit


class SampleReport(msgspec.Struct, frozen=True):
    """What a sample came to, and the report on the log that it was held against."""

    sample: Figures
    report: Report


def add(commands: Commands) -> None:
    """Adds the command."""
    example = "sample sample --key auditor.key --source https://petitions.example.org/log --policy keys.txt"
    added = command(commands, "sample", run, "check signatures that were drawn by lot and opened for you", example)
    added.add_argument("file", type=Path, nargs="?", metavar="FILE", help="what `petition audit fetch` wrote")
    added.add_argument("--key", type=Path, metavar="FILE", help="your private key")
    added.add_argument("--new-key", type=Path, metavar="FILE", help="make a private key, and print the public one")
    kinds = "the log's address, a folder with a copy of it, or a .tar, .tar.gz or .zip of one"
    added.add_argument("--source", metavar="SOURCE", help=kinds)
    seed = "the round, and the randomness that a relay of drand told you"
    added.add_argument("--seed", metavar="ROUND:HEX", default="", help=seed)
    add_policy(added)
    add_output(added)


def run(options: argparse.Namespace) -> int:
    """Draws again from the published log, and checks that exactly what was drawn is answered and opens.

    First make a key (--new-key FILE): the service seals the sample for it.
    """
    if options.new_key is not None:
        print(new_key(options.new_key))
        return CLEAN
    if options.file is None or options.key is None or options.source is None:
        raise Unreadable("Give the sample's FILE, your --key and the log's --source; or --new-key FILE to begin.")
    found = _checked(options)
    if options.json:
        print(msgspec.json.encode(found, order="sorted").decode())
    elif options.quiet:
        print(verdict(found.report))
    else:
        print("\n".join([*_figures(found.sample), "", as_text(found.report)]))
    return found.report.exit_code


def _checked(options: argparse.Namespace) -> SampleReport:
    origin, sample = read_sample(options.file, read_key(options.key))
    try:
        size = read_checkpoint_text(parse_note(sample.checkpoint.encode()).text).size
    except BadNote as error:
        raise Unreadable(f"{options.file} holds no checkpoint: {error}") from error
    population, ledger = Population(sample.campaign), Ledger()
    terms = Terms(stop=Stop(size=size), heard=population.feed)
    outcome = audit(options.source, options.policy, progress(options), (), terms)
    if outcome.replayed.size < size:
        raise Unreadable(f"{options.source} gave {outcome.replayed.size} entries, the sample is of {size}: verify it.")
    against = Against(origin, outcome.replayed.log.tree, population, outcome.policy, options.seed)
    figures = check_sample(sample, size, against, ledger)
    return SampleReport(figures, ledger.before(outcome.report))


def _figures(found: Figures) -> Iterator[str]:
    yield f"sample  {found.sampled} of the {found.population} active signatures of {found.campaign} at {found.at_size}"
    if found.chain in CHAINS:
        chain = CHAINS[found.chain]
        yield f"drawn   by drand {found.chain}, round {found.round} of {moment(chain.seconds(found.round))}:"
        yield f"        {found.randomness}"
        yield f"        compare it with https://api.drand.sh/{chain.hash}/public/{found.round}"
    yield f"found   {found.opened} opened, {found.unanswered} unanswered, {found.failed} failed"
    yield f"bound   at 95 %, at most {found.fakes_at_most:.2%} of them all are fakes, if each that did not open is one"
