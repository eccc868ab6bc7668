"""A letter to be read on its page: its archived plain text, as paragraphs that fit any screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from service.archive import documents
from service.letters.plain_text import WIDTH
from service.letters.queries import FileView, LetterView

ITEM = re.compile(r"(\d+\.|[a-z]\)|-) ")  # how a line of a list begins


@dataclass(frozen=True)
class LetterText:
    """One version of a letter: the letter itself, or a courtesy version of it in another language."""

    language: str
    is_letter: bool  # the version that is sent as the letter
    paragraphs: list[list[str]]  # each a list of lines


def letter_texts(connection: sa.Connection, view: LetterView, files: list[FileView]) -> list[LetterText]:
    """Return the words of a letter by version, the letter itself first; none before they are public."""
    public = {one.name: one.hash for one in files if one.public}
    stem = view.reference.replace("/", "-")
    named = [(language, public.get(f"{stem}-{language}.txt")) for language in view.languages]
    found = [(language, documents.get(connection, name).content) for language, name in named if name]
    return [
        LetterText(language, language == view.language, paragraphs(content.decode()))
        for language, content in found
        if content is not None
    ]


def paragraphs(text: str) -> list[list[str]]:
    """Return a plain text as paragraphs of lines, each as it was before it was filled to `WIDTH` columns."""
    return [list(_unfilled(part.splitlines())) for part in text.strip("\n").split("\n\n")]


def _unfilled(lines: list[str]) -> Iterator[str]:
    whole = previous = lines[0]
    for line in lines[1:]:
        # Filling is greedy: a line ended there only because the next word had no room on it.
        no_room = len(previous) + 1 + len(line.split(maxsplit=1)[0]) > WIDTH
        if no_room and not ITEM.match(line):
            whole += " " + line.strip()
        else:
            yield whole
            whole = line
        previous = line
    yield whole
