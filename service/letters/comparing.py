"""A pasted hash beside the files of a letter: whoever has a file need not send it anywhere to know what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import sqlalchemy as sa

from service.letters.queries import Printed, letter_files

SHA256 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True)
class Compared:
    """What a pasted text is: the hash that was read from it, if any, and the file of the letter that has it, if any."""

    hash: str
    file: str


def compare_hash(connection: sa.Connection, printed: Printed, pasted: str) -> Compared:
    """Return which file of this composition has the hash that somebody pasted, such as a line of `sha256sum`."""
    found = SHA256.search(pasted.lower()) or SHA256.search("".join(pasted.lower().split()))
    if found is None:
        return Compared("", "")
    view = replace(printed.letter, hashes=printed.composed.fields)
    named = {one.hash: one.name for one in letter_files(connection, view)}
    return Compared(found[0], named.get(found[0], ""))
