"""Which characters the vendored fonts can draw. One that they cannot would stop a whole letter: PDF/A forbids it."""

from __future__ import annotations

import json
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent.parent / "fonts"
REPLACEMENT = "\ufffd"


def printable(text: str) -> str:
    """Return the text with every character that the fonts lack as U+FFFD; data files keep the real one."""
    return "".join(character if _is_drawn(character) else REPLACEMENT for character in text)


def printable_data(value: Any) -> Any:
    """Return data with every string in it made printable; keys stay."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: printable_data(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable_data(inner) for inner in value]
    return value


def font_sums() -> bytes:
    """Return the fonts' SHA256SUMS: its hash names the whole set."""
    return (FONTS / "SHA256SUMS").read_bytes()


def _is_drawn(character: str) -> bool:
    code, (starts, ends) = ord(character), _ranges()
    index = bisect_right(starts, code) - 1
    return index >= 0 and code <= ends[index]


@cache
def _ranges() -> tuple[list[int], list[int]]:
    pairs = json.loads((FONTS / "coverage.json").read_bytes())
    return [first for first, _ in pairs], [last for _, last in pairs]
