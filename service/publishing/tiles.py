"""Names and shapes of the published log's tiles (docs/log_format.md section 2, C2SP tlog-tiles)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

WIDTH = 256  # hashes or entries in a full tile
ENTRIES = -1  # the level of entry bundles
LEVEL_MAX = 63
_PATH = re.compile(r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*)(\d{3})(?:\.p/([1-9]\d{0,2}))?")


@dataclass(frozen=True, order=True)
class Tile:
    """A tile: its level (-1: entry bundle), its index, and how many hashes or entries it holds (256: full)."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Return its path under ``/log/``."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{level}/{'/'.join(groups)}{partial}"

    def is_part_of(self, size: int) -> bool:
        """Return whether a log of this size has the tile: whole, or as far as the size goes."""
        return WIDTH * self.index + self.width <= size // int(WIDTH ** max(self.level, 0))


def parse_path(path: str) -> Tile | None:
    """Return the tile of a path, or nothing unless the path is exactly as the tile's own."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level = ENTRIES if found[1] == "entries" else int(found[1])
    tile = Tile(level, int(found[2].replace("x", "").replace("/", "") + found[3]), int(found[4] or WIDTH))
    return tile if tile.path == path and level <= LEVEL_MAX else None


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """Yield the tiles that a log of size `new` has and one of size `old` had not, entry bundles first."""
    for level in (ENTRIES, *range(LEVEL_MAX + 1)):
        span = WIDTH ** max(level, 0)
        before, after = old // span, new // span
        if not after:
            return
        for index in range(before // WIDTH, after // WIDTH):
            yield Tile(level, index)
        if after % WIDTH and after != before:
            yield Tile(level, after // WIDTH, after % WIDTH)
