"""`python -m service.audit replay FILE`: an exported log, recomputed entry by entry."""

from __future__ import annotations

import argparse
from pathlib import Path

from service.audit.command_line import Commands, add_output, command, print_report, progress, size
from service.audit.documents import in_folder
from service.audit.reading import Unreadable, read_leaves
from service.audit.replay import Replay
from service.audit.stops import Stop


def add(commands: Commands) -> None:
    """Adds the command."""
    said = "recompute everything that an exported log claims"
    added = command(commands, "replay", run, said, "replay log.ndjson.gz --documents archive/")
    added.add_argument("file", type=Path, metavar="FILE", help="the log: NDJSON, plain or gzip, one entry a line")
    added.add_argument("--at", type=size, metavar="SIZE", help="replay the first SIZE entries only")
    added.add_argument("--documents", type=Path, metavar="FOLDER", help="the documents, named by SHA-256")
    add_output(added)


def run(options: argparse.Namespace) -> int:
    """Replays an exported log and recomputes every total, letter and rule in it."""
    if options.documents is not None and not options.documents.is_dir():
        raise Unreadable(f"Cannot read {options.documents}: no such folder. Give the folder of documents.")
    replayed = Replay(in_folder(options.documents) if options.documents is not None else None)
    replay_file(options, replayed, None if options.at is None else Stop(size=options.at))
    if options.at is not None and replayed.size < options.at:
        raise Unreadable(f"{options.file} holds {replayed.size} entries only. Give --at a size up to that.")
    return print_report(replayed.report(), options)


def replay_file(options: argparse.Namespace, replayed: Replay, stop: Stop | None) -> None:
    """Replays a file up to where it has to stop. :raises Unreadable: if it holds no entry, or cannot be read."""
    told = progress(options)
    for leaves in read_leaves(options.file, told):
        replayed.feed(leaves if stop is None else stop.take(leaves))
        if stop is not None and stop.is_reached:
            break
    told(0, 0)
    if replayed.size == 0 and (stop is None or not stop.is_reached):
        raise Unreadable(f"{options.file} holds no entry: a log begins with log.opened. Export the log again.")
