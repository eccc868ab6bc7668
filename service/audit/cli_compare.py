"""`python -m service.audit compare A B`: do two people see the same log?"""

from __future__ import annotations

import argparse
from contextlib import ExitStack, closing
from pathlib import Path

from service.audit.command_line import Commands, add_policy, command
from service.audit.comparing import CONSISTENT, SPLIT, Comparison, View, compare, evidence, read_evidence, view_of
from service.audit.earlier import shown
from service.audit.notes import LARGEST_NOTE, BadNote
from service.audit.policy import Policy, read_policy
from service.audit.reading import Unreadable
from service.audit.report import CLEAN, ERROR, USAGE
from service.audit.times import cosigned_sizes, moment

SAME = "verdict: consistent, the same size and root"


def add(commands: Commands) -> None:
    """Adds the command."""
    example = "compare https://petitions.example.org/log friends-checkpoint --policy keys.txt --out split-view.txt"
    added = command(commands, "compare", run, "compare two checkpoints, receipts, mirrors or copies of a log", example)
    said = "a log's address, folder or archive, or a file with a checkpoint or receipt"
    added.add_argument("first", metavar="A", help=said + "; alone: a split view, to check it")
    added.add_argument("second", metavar="B", nargs="?", help="the same")
    add_policy(added, required=True)
    added.add_argument("--out", type=Path, metavar="FILE", help="write a split view here, as one file to publish")


def run(options: argparse.Namespace) -> int:
    """Checks that one of two views of a log is a prefix of the other; exit code 1 and both notes if it is not."""
    try:
        policy = read_policy(options.policy.read_bytes())
    except (OSError, BadNote) as error:
        raise Unreadable(f"Cannot read {options.policy}: {error}") from error
    if options.second is None:
        return _check_evidence(Path(options.first), policy)
    with ExitStack() as stack:
        views = [view_of(name, policy) for name in (options.first, options.second)]
        for view in views:
            if view.source is not None:
                stack.enter_context(closing(view.source))
        found = compare(*views)
    for view in found.views:
        _print_view(view)
    if found.verdict == CONSISTENT:
        print("verdict: consistent, the smaller one is a prefix of the larger" if not _are_equal(found) else SAME)
        return CLEAN
    if found.verdict == SPLIT:
        return _print_split(found, options.out)
    print(f"verdict: not proved, {found.reason}")
    return USAGE if found.views[1].source is None else ERROR


def _are_equal(found: Comparison) -> bool:
    return found.views[0].signed.size == found.views[1].signed.size


def _print_view(view: View) -> None:
    print(f"{view.name}: {view.signed.origin}, size {view.signed.size}, root {shown(view.signed.root)}")
    for seen in cosigned_sizes([view.signed]):
        print(f"    cosigned by {', '.join(seen.witnesses)}, {moment(seen.first)} to {moment(seen.last)}")


def _print_split(found: Comparison, out: Path | None) -> int:
    content = evidence(found)
    print("verdict: SPLIT VIEW. The log's key signed two histories. Publish both notes:")
    print()
    print(content.decode("utf-8", "backslashreplace"))
    if out is not None:
        try:
            out.write_bytes(content)
        except OSError as error:
            raise Unreadable(f"Cannot write {out}: {error.strerror}. Choose another --out FILE.") from error
        print(f"written to {out}; anybody can check it: python -m service.audit compare {out} --policy FILE")
    return ERROR


def _check_evidence(path: Path, policy: Policy) -> int:
    try:
        with path.open("rb") as file:
            small, large = read_evidence(file.read(2 * LARGEST_NOTE), policy)
    except OSError as error:
        raise Unreadable(
            f"Cannot read {path}: {error.strerror}. Give two views, or a file with a split view."
        ) from error
    except BadNote as error:
        raise Unreadable(f"{path} proves nothing: {error}. Give two views to compare.") from error
    print(f"{path} proves a SPLIT VIEW of {large.origin}: the log's key signed two histories at size {small.size}")
    return ERROR
