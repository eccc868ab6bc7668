"""Who wrote or composed a letter, by random ids of accounts: of two who approve it, one did neither (LETTERS.md 7)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from service.archive import documents
from service.letters.composition import LetterInput
from service.letters.events import LetterComposed
from service.letters.wording import translated_from
from service.store.author_tables import letter_composer, text_writer


@dataclass(frozen=True)
class Authors:
    """The accounts that wrote what a letter is made from, and those that composed it, as far as they are known."""

    wrote: frozenset[str]
    composed: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Return both."""
        return self.wrote | self.composed


def authors_of(connection: sa.Connection, made: LetterComposed) -> Authors:
    """Return who wrote the appeal's text, the letter's wordings or what these translate, and who ever composed it.

    :raises DocumentGone: if what it was made from was taken down.
    """
    wordings = LetterInput.read(documents.get(connection, made.input).bytes()).wordings.values()
    texts = {made.text, *wordings, *(translated_from(documents.get(connection, one).bytes()) for one in wordings)}
    wrote = sa.select(text_writer.c.account).where(text_writer.c.document.in_(texts))
    composed = sa.select(letter_composer.c.account).where(letter_composer.c.letter == made.letter)
    return Authors(frozenset(connection.scalars(wrote)), frozenset(connection.scalars(composed)))
