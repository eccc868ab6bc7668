"""What the auditor's commands share: their options, their progress bar, and how a report is printed."""

from __future__ import annotations

import argparse
import inspect
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.audit.days import is_day
from service.audit.printing import as_text, verdict
from service.audit.report import Report

Commands = Any  # what argparse makes for subcommands; it has no public name
Run = Callable[[argparse.Namespace], int]
EXIT_CODES = "exit codes: 0 everything is right, 1 an error, 3 findings only, 2 the command or a file could not be read"
PROGRESS_AFTER_S = 2.0  # seconds; what takes longer says how far it is
PROGRESS_EVERY_S = 0.5
BAR = 30  # characters


def command(commands: Commands, name: str, run: Run, help: str, example: str) -> argparse.ArgumentParser:
    """Adds a command; its help ends in an example and the exit codes."""
    added: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=inspect.cleandoc(run.__doc__ or ""),
        epilog=f"example: python -m service.audit {example}\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    added.set_defaults(run=run)
    return added


def add_source(added: argparse.ArgumentParser) -> None:
    """Adds what a command needs that reads a published log."""
    kinds = "the log's address (https://…/log), a folder with a copy of it, or a .tar, .tar.gz or .zip of one"
    added.add_argument("source", metavar="SOURCE", help=kinds)
    add_policy(added)
    known = "a checkpoint, receipt or promise from before; may be given several times"
    added.add_argument("--known", type=Path, metavar="FILE", action="append", default=[], help=known)


def add_policy(added: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Adds the policy, which says whose signatures count."""
    said = "a tlog-policy with the log's key and witnesses, pinned by you"
    added.add_argument("--policy", type=Path, metavar="FILE", required=required, help=said)


def add_output(added: argparse.ArgumentParser) -> None:
    """Adds how much is printed, and in which form."""
    added.add_argument("--json", action="store_true", help="print the report as JSON")
    added.add_argument("--quiet", action="store_true", help="print the verdict only, and no progress")


def size(text: str) -> int:
    """Reads a number of entries. :raises argparse.ArgumentTypeError: if it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise argparse.ArgumentTypeError(f"{text!r}: write a number of entries, such as 200")
    return int(text)


def size_or_day(text: str) -> int | str:
    """Reads a number of entries or a day. :raises argparse.ArgumentTypeError: if it is neither."""
    if is_day(text):
        return text
    if "-" in text:
        raise argparse.ArgumentTypeError(f"{text!r}: write a size, such as 200, or a day, such as 2026-11-03")
    return size(text)


def print_report(report: Report, options: argparse.Namespace) -> int:
    """Prints a report as the options ask, and gives the exit code that says the same."""
    print(report.as_json() if options.json else verdict(report) if options.quiet else as_text(report))
    return report.exit_code


def progress(options: argparse.Namespace) -> Callable[[int, int], None]:
    """Gives what hears how much of how much is done, and draws a bar if it takes long; total 0 ends it."""
    started = shown = time.monotonic()
    was_shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown, was_shown
        now = time.monotonic()
        if was_shown and (not total or done >= total):
            print(f"\r[{'#' * BAR}] 100 %, {now - started:.0f} s          ", file=sys.stderr)
            was_shown, shown = False, now
        elif total and now - started > PROGRESS_AFTER_S and now - shown > PROGRESS_EVERY_S:
            bar = ("#" * (BAR * done // total)).ljust(BAR, ".")
            left = (now - started) * (total - done) / max(1, done)
            print(f"\r[{bar}] {100 * done // total:3} %, {left:.0f} s left   ", end="", file=sys.stderr, flush=True)
            shown, was_shown = now, True

    return (lambda done, total: None) if options.quiet else show
