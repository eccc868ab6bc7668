"""`python -m service.audit verify SOURCE`: a published log, checked from the log's key to every count."""

from __future__ import annotations

import argparse
from pathlib import Path

from service.audit.command_line import Commands, add_output, add_source, command, print_report, progress
from service.audit.verifying import Terms, verify_log


def add(commands: Commands) -> None:
    """Adds the command."""
    said = "check a published log: checkpoint, witnesses, tiles, and everything that replay checks"
    example = "verify https://petitions.example.org/log --policy keys.txt --known old-checkpoint"
    added = command(commands, "verify", run, said, example)
    add_source(added)
    since = "look at the entries after this checkpoint or receipt only: quick, but rules and counts are left out"
    added.add_argument("--since", type=Path, metavar="CHECKPOINT", help=since)
    added.add_argument("--documents", action="store_true", help="fetch and check letters and annexes, too")
    add_output(added)


def run(options: argparse.Namespace) -> int:
    """Fetches a published log and checks it from the log's key to every count."""
    terms = Terms(since=options.since, documents=options.documents)
    return print_report(verify_log(options.source, options.policy, progress(options), options.known, terms), options)
