"""The auditor's command line: `python -m service.audit replay FILE`."""

from __future__ import annotations

import argparse
import io
import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path

from service.audit import witness
from service.audit.notes import BadNote
from service.audit.printing import as_text, verdict
from service.audit.published import read_policy
from service.audit.reading import Unreadable, demand_leaves, read_lines
from service.audit.receipts import BadProof, event_of, read_receipt
from service.audit.replay import replay
from service.audit.report import CLEAN, ERROR, FINDINGS, USAGE
from service.audit.verifying import verify_log
from service.audit.witness_quorum import demand_quorum

PROGRESS_AFTER_S = 2.0  # seconds; what takes longer says how far it is
PROGRESS_EVERY_S = 0.5
EXAMPLE = """\
example: python -m service.audit replay log.ndjson.gz --documents archive/

exit codes: 0 everything is right, 1 an error, 3 findings only, 2 the command or the file could not be read
"""
VERIFY_EXAMPLE = """\
example: python -m service.audit verify https://petitions.example.org/log --policy keys.txt

exit codes: 0 everything is right, 1 an error, 3 findings only, 2 the command or the log could not be read
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a poor terminal must not end an audit
    options = _parser().parse_args(arguments)
    try:
        return COMMANDS[options.command](options)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service.audit", description="Checks a published signature log.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser(
        "replay",
        help="recompute everything that an exported log claims",
        description="Replays an exported log and recomputes every total, letter and rule in it.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("file", type=Path, metavar="FILE", help="the log: NDJSON, plain or gzip, one entry a line")
    command.add_argument("--at", type=_size, metavar="SIZE", help="replay the first SIZE entries only")
    command.add_argument("--documents", type=Path, metavar="FOLDER", help="the documents, named by SHA-256")
    _add_output(command)
    command = commands.add_parser(
        "verify",
        help="check a published log: checkpoint, tiles, and everything that replay checks",
        description="Fetches a published log and checks it from the log's key to every count.",
        epilog=VERIFY_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("source", metavar="SOURCE", help="the log's address (https://…/log), or a folder with a copy")
    command.add_argument("--policy", type=Path, metavar="FILE", help="a tlog-policy with the log's key, pinned by you")
    known = "a checkpoint, receipt or promise from before; may be given several times"
    command.add_argument("--known", type=Path, metavar="FILE", action="append", default=[], help=known)
    _add_output(command)
    command = commands.add_parser("receipt", help="check a supporter's receipt, offline")
    command.add_argument("file", type=Path, metavar="FILE", help="the receipt (….tlog-proof)")
    command.add_argument("--policy", type=Path, metavar="FILE", required=True, help="a tlog-policy with the log's key")
    witness.add_options(commands.add_parser("witness", help="cosign the checkpoints of logs, for partners"))
    return parser


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print the report as JSON")
    command.add_argument("--quiet", action="store_true", help="print the verdict only, and no progress")


def _size(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r}: write a number of entries, such as 200")
    return int(text)


def _replay(options: argparse.Namespace) -> int:
    if options.documents is not None and not options.documents.is_dir():
        raise Unreadable(f"Cannot read {options.documents}: no such folder. Give the folder of documents.")
    progress = None if options.quiet else _progress()
    lines = itertools.islice(demand_leaves(read_lines(options.file, progress), options.file), options.at)
    report = replay(lines, options.documents)
    if progress is not None:
        progress(0, 0)
    if report.size == 0 and options.at != 0:
        raise Unreadable(f"{options.file} holds no entry: a log begins with log.opened. Export the log again.")
    if options.at is not None and report.size < options.at:
        raise Unreadable(f"{options.file} holds {report.size} entries only. Give --at a size up to that.")
    print(report.as_json() if options.json else verdict(report) if options.quiet else as_text(report))
    return report.exit_code


def _verify(options: argparse.Namespace) -> int:
    progress = (lambda done, total: None) if options.quiet else _progress()
    report = verify_log(options.source, options.policy, progress, options.known)
    print(report.as_json() if options.json else verdict(report) if options.quiet else as_text(report))
    return report.exit_code


def _receipt(options: argparse.Namespace) -> int:
    try:
        policy = options.policy.read_text(encoding="utf-8")
        keys = read_policy(policy)
        content = options.file.read_bytes()
    except (OSError, UnicodeDecodeError, BadNote) as error:
        raise Unreadable(f"Cannot read {options.file} or {options.policy}: {error}") from error
    try:
        receipt = read_receipt(content, keys)
        demand_quorum(content, policy)
    except (BadNote, BadProof) as error:
        print(f"the receipt does not hold: {error}")
        return ERROR
    place = receipt.checkpoint
    print(f"the receipt holds: entry {receipt.index} is in the log {place.origin} of size {place.size}")
    print(f"    {receipt.leaf.decode('ascii', 'replace')}")
    if event_of(receipt) is None:
        print("    which is no event that this version knows")
        return FINDINGS
    return CLEAN


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "replay": _replay, "verify": _verify, "receipt": _receipt, "witness": witness.run,
}  # fmt: skip


def _progress() -> Callable[[int, int], None]:
    started = shown = time.monotonic()
    was_shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown, was_shown
        now = time.monotonic()
        if not total and was_shown:
            print(f"\rread in {now - started:.1f} s", file=sys.stderr)
        elif total and now - started > PROGRESS_AFTER_S and now - shown > PROGRESS_EVERY_S:
            print(f"\rread {100 * done // total:3} %", end="", file=sys.stderr, flush=True)
            shown, was_shown = now, True

    return show


if __name__ == "__main__":
    sys.exit(main())
