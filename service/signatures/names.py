"""Names as people write them, in any script, cleaned of what cannot be seen."""

from __future__ import annotations

import unicodedata

from service.errors import PetitionError

NAME_MAX = 120  # characters after cleaning
MARKS_MAX = 4  # combining marks on one base character
JOINERS = "\u200c\u200d"  # ZWNJ and ZWJ: Persian, Uyghur, Indic names and emoji need them
SPACED = "\t\n\v\f\r\x85"  # controls that stood between words


class NameRefused(PetitionError):
    """The name cannot be taken as written: `reason` is ``empty``, ``too-long`` or ``unstorable``."""

    code, status = "name-refused", 422

    def __init__(self, reason: str) -> None:
        super().__init__(f"the name is refused: {reason}")
        self.reason = reason


def clean_name(text: str) -> str:
    """Return a name in NFC without controls and invisible formats, single spaces, at most 4 marks on a letter.

    :raises NameRefused: if nothing visible is left, it is longer than 120 characters, or it holds characters that mean
        nothing anywhere (unassigned, private use, half a surrogate pair): they are never dropped silently.
    """
    visible = "".join(filter(None, map(_cleaned, unicodedata.normalize("NFC", text))))
    name = _with_few_marks(unicodedata.normalize("NFC", " ".join(visible.split())))
    if not any(_is_base(character) for character in name):
        raise NameRefused("empty")
    if len(name) > NAME_MAX:
        raise NameRefused("too-long")
    return name


def _cleaned(character: str) -> str:
    if character in SPACED:
        return " "
    category = unicodedata.category(character)
    if category in ("Cs", "Co", "Cn"):
        raise NameRefused("unstorable")
    return character if category[0] != "C" or character in JOINERS else ""


def _with_few_marks(name: str) -> str:
    kept, marks = [], MARKS_MAX  # a mark before any base character has nothing to stand on
    for character in name:
        if unicodedata.category(character)[0] == "M":
            marks += 1
        elif character not in JOINERS:
            marks = 0
        if marks <= MARKS_MAX or character in JOINERS:
            kept.append(character)
    return "".join(kept)


def _is_base(character: str) -> bool:
    return character not in JOINERS and unicodedata.category(character)[0] not in "MZ"
