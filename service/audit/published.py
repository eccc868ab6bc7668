"""Checks a published log to the byte: checkpoint, entry bundles and tiles (docs/log_format.md sections 2 and 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from service.audit.merkle import leaf_hash, root_of
from service.audit.notes import ED25519, BadNote, VerifierKey, parse_note, parse_vkey, strict_b64, verify
from service.audit.sources import Source

WIDTH = 256  # hashes of a tile, entries of a bundle
SIZE_MAX = 2**53 - 1
_SIZE = re.compile("0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True)
class Signed:
    """A checkpoint whose signature holds."""

    origin: str
    size: int
    root: bytes
    signers: tuple[str, ...] = ()  # ids of the log's keys that signed it


class Damaged(Exception):
    """A published file is missing or is not what it has to be: an error in the log, not of reading it."""

    def __init__(self, path: str, found: str, expected: str) -> None:
        super().__init__(f"{path}: {found}, expected {expected}")
        self.path, self.found, self.expected = path, found, expected


def read_policy(text: str) -> list[VerifierKey]:
    """Return the log's keys in a tlog-policy text. :raises BadNote: if there is none, or a line is malformed."""
    words = [line.split(" ") for line in text.split("\n") if line and not line.startswith("#")]
    keys = [parse_vkey(parts[1]) for parts in words if parts[0] == "log" and len(parts) in (2, 3)]
    keys = [key for key in keys if key.algorithm == ED25519]
    if not keys:
        raise BadNote("the policy names no log key: it needs a line `log` and the key")
    return keys


def read_checkpoint(note: bytes, keys: Sequence[VerifierKey]) -> Signed:
    """Return what a signed checkpoint says. :raises BadNote: if it is malformed, or no given key signed it."""
    parsed = parse_note(note)
    signers = tuple(key.id.hex() for key in verify(parsed, keys))
    said = read_checkpoint_text(parsed.text)
    if said.origin not in {key.name for key in keys}:
        raise BadNote(f"the checkpoint is of {said.origin[:80]}, and not under the key of that origin")
    return replace(said, signers=signers)


def read_checkpoint_text(text: str) -> Signed:
    """Return what a checkpoint's text says, signed or not. :raises BadNote: if it is malformed."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise BadNote("a checkpoint is three lines: origin, size and root")
    if not _SIZE.fullmatch(lines[1]) or int(lines[1]) > SIZE_MAX:
        raise BadNote(f"the checkpoint's size is {lines[1][:40]!r}, not a number")
    root = strict_b64(lines[2])
    if len(root) != 32:
        raise BadNote(f"the checkpoint's root has {len(root)} bytes, not 32")
    return Signed(lines[0], int(lines[1]), root)


def entries(source: Source, size: int, told: Callable[[int, int], None]) -> Iterator[bytes]:
    """Yield the entries of a log of this size from its bundles, in order.

    :raises Damaged: if a bundle is missing, or is not exactly its entries.
    """
    for index in range(-(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        path = tile_path(-1, index, width)
        bundle, is_own = _fetch(source, (path, tile_path(-1, index, WIDTH)))
        yield from _split(bundle, path, width, is_own)
        told(min((index + 1) * WIDTH, size), size)


def _tile(source: Source, level: int, index: int, width: int) -> bytes:
    path = tile_path(level, index, width)
    content, is_own = _fetch(source, (path, tile_path(level, index, WIDTH)))
    if not is_own:
        content = content[: 32 * width]
    if len(content) != 32 * width:
        raise Damaged(path, f"{len(content)} bytes", f"{32 * width} bytes")
    return content


def _fetch(source: Source, paths: tuple[str, str]) -> tuple[bytes, bool]:
    """Return a file and whether it is the first one: of a partial file that is gone, the full one holds the same."""
    for path in dict.fromkeys(paths):
        content = source.get(path)
        if content is not None:
            return content, path == paths[0]
    raise Damaged(paths[0], "missing", "a file for every 256 entries")


def check_tiles(source: Source, hashes: list[bytes]) -> Iterator[str]:
    """Yield the path of every hash tile that is not what the entries give, or is missing."""
    level, blocks = 0, hashes
    while blocks:
        for index in range(-(-len(blocks) // WIDTH)):
            part = blocks[index * WIDTH : (index + 1) * WIDTH]
            try:
                right = _tile(source, level, index, len(part)) == b"".join(part)
            except Damaged:
                right = False
            if not right:
                yield tile_path(level, index, len(part))
        full = len(blocks) // WIDTH
        level, blocks = level + 1, [root_of(blocks[i * WIDTH : (i + 1) * WIDTH]) for i in range(full)]


def tile_path(level: int, index: int, width: int) -> str:
    """Return a tile's path under ``/log/``; level -1 is an entry bundle."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{'entries' if level < 0 else level}/{'/'.join(groups)}{partial}"


def leaf_hashes(leaves: Iterable[bytes], into: list[bytes]) -> Iterator[bytes]:
    """Yield the leaves as lines and note the hash of each."""
    for leaf in leaves:
        into.append(leaf_hash(leaf))
        yield leaf + b"\n"  # the replay takes one newline off: a leaf that ends in one must not lose its own


def _split(bundle: bytes, path: str, width: int, is_own: bool) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    while at < len(bundle) and len(found) < width:
        length = int.from_bytes(bundle[at : at + 2], "big")
        entry = bundle[at + 2 : at + 2 + length]
        if len(bundle) < at + 2 or len(entry) != length:
            raise Damaged(path, f"an end within entry {len(found)}", "whole entries")
        found.append(entry)
        at += 2 + length
    if len(found) != width or (is_own and at != len(bundle)):
        raise Damaged(path, f"{len(found)} entries and {len(bundle) - at} bytes", f"{width} entries")
    return found
