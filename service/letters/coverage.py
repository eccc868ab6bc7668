"""Which characters the vendored fonts can draw. One that they cannot would stop a whole letter: PDF/A forbids it."""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent.parent / "fonts"
REPLACEMENT = "\ufffd"
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
MARKS_MAX = 4  # combining marks on one base character, as in names
JOINERS = "\u200c\u200d"  # needed to write Persian, Kurdish and Uyghur


def printable(text: str) -> str:
    """Return the text with every character that the fonts lack, or that hides something, as U+FFFD.

    Controls and hidden directions have glyphs in some fonts, but a letter shows what it says. More than four marks on
    one letter would be drawn over the lines above and below it: the rest are left out. Data files keep the real ones.
    """
    drawn, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks <= MARKS_MAX:
            drawn.append(character if _is_drawn(character) else REPLACEMENT)
    return "".join(drawn)


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


@cache
def _is_drawn(character: str) -> bool:
    if unicodedata.category(character) in HIDDEN and character not in JOINERS:
        return False
    code, (starts, ends) = ord(character), _ranges()
    index = bisect_right(starts, code) - 1
    return index >= 0 and code <= ends[index]


@cache
def _ranges() -> tuple[list[int], list[int]]:
    pairs = json.loads((FONTS / "coverage.json").read_bytes())
    return [first for first, _ in pairs], [last for _, last in pairs]
