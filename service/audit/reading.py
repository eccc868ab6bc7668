"""Reads the entries of a log file: NDJSON, plain or gzip, one leaf a line (docs/log_format.md section 2)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20  # bytes handled at a time
PACKED_CHUNK = 1 << 17  # bytes of gzip read at a time
_GZIP_WINDOW = 31  # zlib: a gzip member, checksum and length checked
LONGEST_LINE = 1 << 20  # bytes; far above any leaf: what is longer is no log
_GZIP = b"\x1f\x8b"


class Unreadable(Exception):
    """A file cannot be read as a log; the text says what to do."""


def read_leaves(path: Path, progress: Callable[[int, int], None] | None = None) -> Iterator[list[bytes]]:
    """Gives the leaves of a log file, some at a time; `progress` hears bytes read and bytes in all.

    :raises Unreadable: if the file cannot be opened, is a damaged gzip or no log, or does not end in a newline.
    """
    is_first = True
    try:
        with path.open("rb") as raw:
            total = path.stat().st_size
            for leaves in _split(_chunks(raw), path):
                if is_first and leaves:
                    _demand_leaf(leaves[0], path)
                    is_first = False
                yield leaves
                if progress is not None:
                    progress(raw.tell(), total)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"Cannot read {path}: {error}. Give a complete NDJSON file, plain or gzip.") from error


def _demand_leaf(line: bytes, path: Path) -> None:
    if not (line.startswith(b"{") and line.endswith(b"}")):
        raise Unreadable(f"{path} is no log: its first line is no JSON object. Give NDJSON, one entry a line.")


def _chunks(raw: BinaryIO) -> Iterator[bytes]:
    is_gzip = raw.read(2) == _GZIP
    raw.seek(0)
    if is_gzip:
        yield from _inflated(raw)
        return
    while chunk := raw.read(CHUNK):
        yield chunk


def _inflated(raw: BinaryIO) -> Iterator[bytes]:
    """Gives what gzip members hold, CHUNK bytes at most at a time, however much a hostile one swells."""
    member, packed = zlib.decompressobj(_GZIP_WINDOW), b""
    while packed := packed or raw.read(PACKED_CHUNK):
        if member.eof:
            member = zlib.decompressobj(_GZIP_WINDOW)
        if chunk := member.decompress(packed, CHUNK):
            yield chunk
        packed = member.unused_data if member.eof else member.unconsumed_tail
    while not member.eof:
        # The last bytes may still hold more than one chunk.
        chunk = member.decompress(b"", CHUNK)
        if not chunk:
            raise EOFError("the gzip file is cut off")
        yield chunk


def _split(chunks: Iterator[bytes], path: Path) -> Iterator[list[bytes]]:
    # Split at 0x0A only: other line ends inside a leaf must reach the strict reader and be refused there.
    rest = b""
    for chunk in chunks:
        leaves = (rest + chunk).split(b"\n")
        rest = leaves.pop()
        if len(rest) > LONGEST_LINE:
            raise Unreadable(f"Cannot read {path}: a line has more than {LONGEST_LINE} bytes. Give an NDJSON file.")
        yield leaves
    if rest:
        raise Unreadable(f"Cannot read {path}: the last line has no newline, so the file is cut off. Fetch it again.")
