"""Lines of keys in a TOML file, which the standard library's reader does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]

_ARRAY = re.compile(r"^\s*\[\[\s*([^\]]+?)\s*\]\]")
_TABLE = re.compile(r"^\s*\[\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_STRING = re.compile(r'"""(?:.|\n)*?"""|"(?:[^"\\]|\\.)*"|\'[^\']*\'')


class TomlLines:
    """Knows the line of each key that stands at the beginning of a line, and so of all that is inside its value."""

    def __init__(self, source: str, first_line: int = 1) -> None:
        self._first = first_line
        self._lines: dict[Path, int] = {}
        for path, line in _keys(source, first_line):
            for length in range(len(path), 0, -1):
                self._lines.setdefault(path[:length], line)

    def line(self, path: Path) -> int:
        """Return the line of a path, or of the nearest thing around it."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return self._first


def _keys(source: str, first_line: int) -> Iterator[tuple[Path, int]]:
    table: Path = ()
    counted: dict[Path, int] = {}
    depth = 0
    for number, raw in enumerate(source.split("\n"), first_line):
        bare = _STRING.sub('""', raw).split("#")[0]
        if depth == 0:
            if found := _ARRAY.match(raw):
                name = _parts(found[1])
                counted[name] = counted.get(name, -1) + 1
                table = (*name, counted[name])
                yield table, number
            elif (found := _TABLE.match(raw)) and "=" not in bare:
                table = _parts(found[1])
                yield table, number
            elif found := _KEY.match(raw):
                yield (*table, *_parts(found[1])), number
        if "=" in bare or depth:
            depth = max(0, depth + _opened(bare))


def _parts(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _opened(bare: str) -> int:
    return sum(bare.count(c) for c in "[{") - sum(bare.count(c) for c in "]}")
