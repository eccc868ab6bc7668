"""`python -m service.audit compare A B`: do two people see the same log?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec

from service.audit.command_line import Commands, add_policy, command
from service.audit.comparing import (
    CONSISTENT,
    SPLIT,
    UNPROVED,
    Comparison,
    View,
    compare,
    evidence,
    read_evidence,
    view_of,
)
from service.audit.earlier import shown
from service.audit.notes import LARGEST_NOTE, BadNote
from service.audit.policy import Policy, read_policy
from service.audit.reading import Unreadable
from service.audit.report import CLEAN, ERROR, USAGE
from service.audit.times import CosignedSize, cosigned_sizes, moment

SAME = "verdict: consistent, the same size and root"


class ViewReport(msgspec.Struct, frozen=True):
    """One of the two views."""

    name: str
    origin: str
    size: int
    root: str  # base64
    note: str
    cosigned: list[CosignedSize]


class ComparisonReport(msgspec.Struct, frozen=True):
    """What two views came to."""

    verdict: str  # consistent, split view, not proved
    views: list[ViewReport]  # the smaller first; none of a file that holds a split view
    reason: str = ""


def add(commands: Commands) -> None:
    """Adds the command."""
    example = "compare https://petitions.example.org/log friends-checkpoint --policy keys.txt --out split-view.txt"
    added = command(commands, "compare", run, "compare two checkpoints, receipts, mirrors or copies of a log", example)
    said = "a log's address, folder or archive, or a file with a checkpoint or receipt"
    added.add_argument("first", metavar="A", help=said + "; alone: a split view, to check it")
    added.add_argument("second", metavar="B", nargs="?", help="the same")
    add_policy(added, required=True)
    added.add_argument("--out", type=Path, metavar="FILE", help="write a split view here, as one file to publish")
    added.add_argument("--json", action="store_true", help="print what was found as JSON")


def run(options: argparse.Namespace) -> int:
    """Checks that one of two views of a log is a prefix of the other; exit code 1 and both notes if it is not."""
    try:
        policy = read_policy(options.policy.read_bytes())
    except (OSError, BadNote) as error:
        raise Unreadable(f"Cannot read {options.policy}: {error}") from error
    if options.second is None:
        return _check_evidence(Path(options.first), policy, options)
    with ExitStack() as stack:
        views = [view_of(name, policy) for name in (options.first, options.second)]
        for view in views:
            if view.source is not None:
                stack.enter_context(closing(view.source))
        found = compare(*views)
    if options.json:
        print(msgspec.json.encode(_report(found), order="sorted").decode())
    else:
        print("\n".join(_lines(found)))
    if found.verdict == SPLIT and options.out is not None:
        _write(evidence(found), options.out, options)
    if found.verdict == CONSISTENT:
        return CLEAN
    return USAGE if found.verdict == UNPROVED and found.views[1].source is None else ERROR


def _report(found: Comparison) -> ComparisonReport:
    return ComparisonReport(found.verdict, [_view_report(view) for view in found.views], found.reason)


def _view_report(view: View) -> ViewReport:
    seen, note = view.signed, view.note.decode("utf-8", "replace")
    return ViewReport(view.name, seen.origin, seen.size, shown(seen.root), note, cosigned_sizes([seen]))


def _are_equal(found: Comparison) -> bool:
    return found.views[0].signed.size == found.views[1].signed.size


def _lines(found: Comparison) -> Iterator[str]:
    for view in found.views:
        yield f"{view.name}: {view.signed.origin}, size {view.signed.size}, root {shown(view.signed.root)}"
        for seen in cosigned_sizes([view.signed]):
            yield f"    cosigned by {', '.join(seen.witnesses)}, {moment(seen.first)} to {moment(seen.last)}"
    if found.verdict == CONSISTENT:
        yield SAME if _are_equal(found) else "verdict: consistent, the smaller one is a prefix of the larger"
    elif found.verdict == SPLIT:
        yield "verdict: SPLIT VIEW. The log's key signed two histories. Publish both notes:"
        yield f"\n{evidence(found).decode('utf-8', 'backslashreplace')}"
    else:
        yield f"verdict: not proved, {found.reason}"


def _write(content: bytes, out: Path, options: argparse.Namespace) -> None:
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Unreadable(f"Cannot write {out}: {error.strerror}. Choose another --out FILE.") from error
    if not options.json:
        print(f"written to {out}; anybody can check it: python -m service.audit compare {out} --policy FILE")


def _check_evidence(path: Path, policy: Policy, options: argparse.Namespace) -> int:
    try:
        with path.open("rb") as file:
            small, large = read_evidence(file.read(2 * LARGEST_NOTE), policy)
    except OSError as error:
        raise Unreadable(
            f"Cannot read {path}: {error.strerror}. Give two views, or a file with a split view."
        ) from error
    except BadNote as error:
        raise Unreadable(f"{path} proves nothing: {error}. Give two views to compare.") from error
    said = f"{path} proves a SPLIT VIEW of {large.origin}: the log's key signed two histories at size {small.size}"
    print(msgspec.json.encode(ComparisonReport(SPLIT, [], said), order="sorted").decode() if options.json else said)
    return ERROR
