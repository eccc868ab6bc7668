"""`python -m service.audit at SOURCE SIZE`: the state of a log as it was."""

from __future__ import annotations

import argparse
from pathlib import Path

from service.audit.archive import ENDINGS
from service.audit.cli_replay import replay_file
from service.audit.command_line import Commands, add_output, add_source, command, print_report, progress, size_or_day
from service.audit.reading import Unreadable
from service.audit.replay import Replay
from service.audit.report import Report
from service.audit.stops import Stop
from service.audit.verifying import Terms, audit


def add(commands: Commands) -> None:
    """Adds the command."""
    said = "show the state as it was at a size or at the end of a day"
    added = command(commands, "at", run, said, "at https://petitions.example.org/log 2026-11-03 --policy keys.txt")
    add_source(added)
    added.add_argument("when", type=size_or_day, metavar="SIZE|DAY", help="a number of entries, or a day YYYY-MM-DD")
    add_output(added)


def run(options: argparse.Namespace) -> int:
    """Shows campaigns, counts and letters as they were; SOURCE may also be an exported log, FILE.ndjson.gz.

    The whole of a published log is fetched and compared with its checkpoint; its rules are checked up to the moment
    asked for. A day ends before the first entry that states a later one.
    """
    is_day = isinstance(options.when, str)
    stop = Stop(day=options.when) if is_day else Stop(size=options.when)
    report = _report(options, stop)
    if report.size == 0 and stop.taken == 0 and options.when != 0:
        raise Unreadable(f"{options.source} has no entry up to {options.when}. Give a later day.")
    if not is_day and report.size < options.when:
        raise Unreadable(f"{options.source} holds {report.size} entries only. Give a size up to that.")
    if not options.json and not options.quiet:
        print(f"the state at size {report.size}" + (f", the end of {options.when}" if is_day else ""))
        print()
    return print_report(report, options)


def _report(options: argparse.Namespace, stop: Stop) -> Report:
    path = Path(options.source)
    if path.is_file() and not options.source.endswith(ENDINGS):
        replayed = Replay()
        options.file = path
        replay_file(options, replayed, stop)
        return replayed.report()
    return audit(options.source, options.policy, progress(options), options.known, Terms(stop=stop)).report
