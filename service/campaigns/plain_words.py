"""What may stand in any words of an appeal: normal form, no hidden characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_BIDI = {chr(n) for n in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}
_JOINERS = {"\u200c", "\u200d"}  # needed to write Persian, Kurdish and Uyghur
RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def direction_of(language: str) -> str:
    """Return the direction in which a language is written: ``ltr`` or ``rtl``."""
    return "rtl" if language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def faults_in(words: str) -> Iterator[tuple[int, str]]:
    """Yield line (from 0) and words for every character that hides something or has two forms."""
    for number, line in enumerate(words.split("\n")):
        if not unicodedata.is_normalized("NFC", line):
            yield number, "not in Unicode normal form C: save the file anew with NFC"
        for character in sorted(set(line)):
            if character in _BIDI:
                yield (
                    number,
                    f"a hidden direction character U+{ord(character):04X}: delete it, pages isolate by themselves",
                )
            elif character not in _JOINERS and unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Cs"):
                yield number, f"a control character U+{ord(character):04X}: delete it"
