"""Reads the entries of a log file: NDJSON, plain or gzip, one leaf a line (docs/log_format.md section 2)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20  # bytes read at a time
LONGEST_LINE = 1 << 20  # bytes; far above any leaf: what is longer is no log
_GZIP = b"\x1f\x8b"


class Unreadable(Exception):
    """A file cannot be read as a log; the text says what to do."""


def read_lines(path: Path, progress: Callable[[int, int], None] | None = None) -> Iterator[bytes]:
    """Gives the lines of a log file without their final newline; `progress` hears bytes read and bytes in all.

    :raises Unreadable: if the file cannot be opened, is a damaged gzip, or does not end in a newline.
    """
    try:
        with path.open("rb") as raw:
            total = path.stat().st_size
            for lines in _split(_chunks(raw), path):
                yield from lines
                if progress is not None:
                    progress(raw.tell(), total)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"Cannot read {path}: {error}. Give a complete NDJSON file, plain or gzip.") from error


def demand_leaves(lines: Iterable[bytes], path: Path) -> Iterator[bytes]:
    """Gives the lines again. :raises Unreadable: if the first is no JSON object: then the file is something else."""
    for index, line in enumerate(lines):
        if index == 0 and not (line.startswith(b"{") and line.endswith(b"}")):
            raise Unreadable(f"{path} is no log: its first line is no JSON object. Give NDJSON, one entry a line.")
        yield line


def _chunks(raw: BinaryIO) -> Iterator[bytes]:
    is_gzip = raw.read(2) == _GZIP
    raw.seek(0)
    source = gzip.GzipFile(fileobj=raw) if is_gzip else raw
    while chunk := source.read(CHUNK):
        yield chunk


def _split(chunks: Iterator[bytes], path: Path) -> Iterator[list[bytes]]:
    # Split at 0x0A only: other line ends inside a leaf must reach the strict reader and be refused there.
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if len(rest) > LONGEST_LINE:
            raise Unreadable(f"Cannot read {path}: a line has more than {LONGEST_LINE} bytes. Give an NDJSON file.")
        yield lines
    if rest:
        raise Unreadable(f"Cannot read {path}: the last line has no newline, so the file is cut off. Fetch it again.")
