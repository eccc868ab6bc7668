"""What changed between two versions of a text, paragraph by paragraph and word by word, for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

import sqlalchemy as sa
from markdown_it import MarkdownIt

from service.archive import documents
from service.campaigns.text_document import TextDocument, read_document
from service.errors import NotFound

SAME, REMOVED, ADDED = "same", "removed", "added"
_WORDS = re.compile(r"\s*\S+")  # a word with the white space before it: joined, they are the text again
_BLOCKS = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True)
class Part:
    """Words that stand in both versions, or in one of them."""

    kind: str  # same removed added
    words: str


Paragraph = tuple[Part, ...]


@dataclass(frozen=True)
class Side:
    """One version, marked where the other one differs."""

    text: str  # hash
    language: str
    direction: str
    paragraphs: tuple[Paragraph, ...]  # the title is the first


@dataclass(frozen=True)
class Difference:
    """Two versions of a text, to be shown side by side."""

    before: Side
    after: Side

    @property
    def is_in_words(self) -> bool:
        """Return whether the words differ; if not, it is what stands beside them: names, sources, demands."""
        sides = (*self.before.paragraphs, *self.after.paragraphs)
        return any(part.kind != SAME for paragraph in sides for part in paragraph)


def text_difference(connection: sa.Connection, before: str, after: str) -> Difference | None:
    """Return how two archived texts differ, or nothing if one of them is not there or was taken down."""
    old, new = _read(connection, before), _read(connection, after)
    if old is None or new is None:
        return None
    sides = compare(_paragraphs(old), _paragraphs(new))
    return Difference(
        Side(before, old.fields["language"], old.fields["direction"], sides[0]),
        Side(after, new.fields["language"], new.fields["direction"], sides[1]),
    )


@lru_cache(maxsize=64)  # texts never change; comparing two of 10,000 characters takes some milliseconds
def compare(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[tuple[Paragraph, ...], tuple[Paragraph, ...]]:
    """Return both texts, given as paragraphs, with the words marked that only one of them has."""
    old, new = list[Paragraph](), list[Paragraph]()
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            old += [(Part(SAME, words),) for words in before[a:b]]
            new += [(Part(SAME, words),) for words in after[c:d]]
            continue
        for left, right in _paired(before[a:b], after[c:d]):
            marked = _words(left, right)
            old += [marked[0]] if left else []
            new += [marked[1]] if right else []
    return tuple(old), tuple(new)


def _paired(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place in range(max(len(before), len(after))):
        yield before[place] if place < len(before) else "", after[place] if place < len(after) else ""


def _words(before: str, after: str) -> tuple[Paragraph, Paragraph]:
    left, right = _WORDS.findall(before), _WORDS.findall(after)
    old, new = list[Part](), list[Part]()
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if a < b:
            old.append(Part(SAME if tag == "equal" else REMOVED, "".join(left[a:b])))
        if c < d:
            new.append(Part(SAME if tag == "equal" else ADDED, "".join(right[c:d])))
    return tuple(old), tuple(new)


def _read(connection: sa.Connection, text: str) -> TextDocument | None:
    try:
        content = documents.get(connection, text).content
    except NotFound:
        return None
    return None if content is None else read_document(content)


def _paragraphs(document: TextDocument) -> tuple[str, ...]:
    """Return title, paragraphs, headings and list items as plain words."""
    found = [document.fields["title"]]
    for token in _BLOCKS.parse(document.body):
        if token.type in ("fence", "code_block"):
            found.append(token.content)
        elif token.type == "inline":
            parts = (" " if one.type in ("softbreak", "hardbreak") else one.content for one in token.children or ())
            found.append("".join(parts))
    return tuple(" ".join(words.split()) for words in found)
