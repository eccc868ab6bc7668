"""Reads entry bundles and hash tiles to the byte (docs/log_format.md section 2; C2SP tlog-tiles)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from service.audit.merkle import Frontier, consistency_ranges, node_hash, root_of
from service.audit.sources import Source

WIDTH = 256  # hashes of a tile, entries of a bundle
TILES_HELD = 64  # 8,192 bytes each


class Damaged(Exception):
    """A published file is missing or is not what it has to be: an error in the log, not of reading it."""

    def __init__(self, path: str, found: str, expected: str) -> None:
        super().__init__(f"{path}: {found}, expected {expected}")
        self.path, self.found, self.expected = path, found, expected


def tile_path(level: int, index: int, width: int) -> str:
    """Return a tile's path under ``/log/``; level -1 is an entry bundle."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{'entries' if level < 0 else level}/{'/'.join(groups)}{partial}"


def bundle(source: Source, index: int, width: int) -> list[bytes]:
    """Return the entries of a bundle. :raises Damaged: if it is missing, or is not exactly its entries."""
    path = tile_path(-1, index, width)
    content, is_own = _fetch(source, (path, tile_path(-1, index, WIDTH)))
    return _split(content, path, width, is_own)


def tile(source: Source, level: int, index: int, width: int) -> bytes:
    """Return the hashes of a tile, joined. :raises Damaged: if it is missing or has another length."""
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


def wrong_upper_tiles(source: Source, blocks: list[bytes]) -> Iterator[str]:
    """Yield the path of every hash tile above the lowest that is missing or is not what the entries give."""
    level = 1
    while blocks:
        for index in range(-(-len(blocks) // WIDTH)):
            part = blocks[index * WIDTH : (index + 1) * WIDTH]
            try:
                right = tile(source, level, index, len(part)) == b"".join(part)
            except Damaged:
                right = False
            if not right:
                yield tile_path(level, index, len(part))
        full = len(blocks) // WIDTH
        level, blocks = level + 1, [root_of(blocks[i * WIDTH : (i + 1) * WIDTH]) for i in range(full)]


class Tiles:
    """The tree of a published log of some size, as its tiles give it: nothing is right before a root was compared."""

    def __init__(self, source: Source, size: int) -> None:
        self.size = size
        self._source = source
        self._held: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def root_of(self, start: int, end: int) -> bytes:
        """Return the root of entries `start` to `end` - 1. :raises Damaged: if a tile is missing or too short."""
        count = end - start
        level = (count.bit_length() - 1) // 8
        span: int = WIDTH**level
        if count == span and start % span == 0:
            return self._node(level, start // span)
        middle = start + (1 << (count - 1).bit_length() - 1)
        return node_hash(self.root_of(start, middle), self.root_of(middle, end))

    def consistency_proof(self, size: int) -> list[bytes]:
        """Return the proof that the first `size` entries are a prefix. :raises Damaged: as above."""
        return [self.root_of(start, end) for start, end in consistency_ranges(size, self.size)]

    def frontier(self, size: int) -> Frontier:
        """Return the right edge of the tree of the first `size` entries. :raises Damaged: as above."""
        nodes, start = [], 0
        for bit in reversed(range(size.bit_length())):
            if size >> bit & 1:
                nodes.append((1 << bit, self.root_of(start, start + (1 << bit))))
                start += 1 << bit
        return Frontier(nodes)

    def _node(self, level: int, index: int) -> bytes:
        number, place = divmod(index, WIDTH)
        key = (level, number)
        if key not in self._held:
            width = min(WIDTH, (self.size // WIDTH**level) - number * WIDTH)
            self._held[key] = tile(self._source, level, number, width)
            if len(self._held) > TILES_HELD:
                self._held.popitem(last=False)
        return self._held[key][place * 32 : place * 32 + 32]


def _split(content: bytes, path: str, width: int, is_own: bool) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    while at < len(content) and len(found) < width:
        length = int.from_bytes(content[at : at + 2], "big")
        entry = content[at + 2 : at + 2 + length]
        if len(content) < at + 2 or len(entry) != length:
            raise Damaged(path, f"an end within entry {len(found)}", "whole entries")
        found.append(entry)
        at += 2 + length
    if len(found) != width or (is_own and at != len(content)):
        raise Damaged(path, f"{len(found)} entries and {len(content) - at} bytes", f"{width} entries")
    return found
