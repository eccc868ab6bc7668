"""`python -m service.audit report SOURCE --out FILE`: the audit as a page for people who use no command line."""

from __future__ import annotations

import argparse
import shlex
import time
from pathlib import Path

from service.audit.command_line import Commands, add_output, add_source, command, print_report, progress
from service.audit.page import POLICY_FILE, Edition, page
from service.audit.reading import Unreadable
from service.audit.verifying import Outcome, Terms, audit


def add(commands: Commands) -> None:
    """Adds the command."""
    example = "report https://petitions.example.org/log --policy keys.txt --out audit.html"
    added = command(commands, "report", run, "write an audit as one page for everybody", example)
    add_source(added)
    added.add_argument("--documents", action="store_true", help="fetch and check letters and annexes, too")
    added.add_argument("--out", type=Path, metavar="FILE", required=True, help="the page, such as audit.html")
    add_output(added)


def run(options: argparse.Namespace) -> int:
    """Verifies a published log and writes what it found as one HTML page, without script or outside resource."""
    found = audit(options.source, options.policy, progress(options), options.known, Terms(documents=options.documents))
    try:
        options.out.write_text(page(found, _edition(options, found)), encoding="utf-8")
    except OSError as error:
        raise Unreadable(f"Cannot write {options.out}: {error.strerror}. Choose another --out FILE.") from error
    return print_report(found.report, options)


def _edition(options: argparse.Namespace, found: Outcome) -> Edition:
    policy = options.policy.read_text(encoding="utf-8", errors="replace") if options.policy is not None else ""
    pinned = f" --policy {POLICY_FILE}" if policy else ""
    # The page is made to be published: where a copy lies on this machine is nobody's business.
    name = options.source if options.source.startswith(("http://", "https://")) else Path(options.source).name
    source = shlex.quote(name)
    known = "".join(f" --known {shlex.quote(path.name)}" for path in options.known)
    documents = " --documents" if options.documents else ""
    commands = (
        f"python -m service.audit verify {source}{pinned}{known}{documents}",
        f"python -m service.audit at {source} {found.report.size}{pinned}",
    )
    return Edition(name, int(time.time()), policy, found.note.decode("utf-8", "replace"), commands)
