"""The published log as one file: one entry a line, its exact bytes, in order; memory does not grow with the log."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import BinaryIO

from service.publishing.leaves import leaves
from service.store.database import Database

TOLD_EVERY = 1000  # entries between two reports of progress


def export_log(database: Database, out: BinaryIO, *, compress: bool, progress: Callable[[int], None]) -> int:
    """Write the log to `out` and return how many entries it has. The same log gives the same bytes.

    `progress` is told how many entries are written, now and then.
    """
    if not compress:
        return _write(database, out, progress)
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed:
        return _write(database, packed, progress)


def _write(database: Database, out: BinaryIO | gzip.GzipFile, progress: Callable[[int], None]) -> int:
    written = 0
    for leaf in leaves(database):
        out.write(leaf + b"\n")
        written += 1
        if written % TOLD_EVERY == 0:
            progress(written)
    return written
