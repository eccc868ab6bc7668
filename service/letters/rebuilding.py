"""Makes a letter again from its documents and compares every byte with what its event states."""

from __future__ import annotations

import json
from dataclasses import dataclass

import sqlalchemy as sa

from service.archive import documents
from service.errors import NotFound
from service.eventlog.canonical import document_hash
from service.eventlog.log import PetitionLog
from service.letters.annex import read_file_list
from service.letters.composition import LetterInput
from service.letters.coverage import font_sums
from service.letters.events import LetterComposed
from service.letters.package import make_package
from service.letters.sources import Sources
from service.letters.typesetting import engine


@dataclass(frozen=True)
class Difference:
    """A part of a letter that is not as its event states."""

    part: str
    stated: str
    made: str


def rebuild_letter(letter_id: str, log: PetitionLog) -> list[Difference]:
    """Make a letter again as it was last composed, and return what differs.

    Another engine or other fonts are told first: then other bytes prove nothing.

    :raises NotFound: if there is no such letter, or a document of it is gone.
    """
    composed = [one.event for one in log.stream(letter_id) if isinstance(one.event, LetterComposed)]
    if not composed:
        raise NotFound(f"there is no letter {letter_id}")
    event = composed[-1]
    with log.database.read() as connection:
        sources = archived_sources(connection, event)
        package = make_package(sources)
    made = {
        "engine": engine(),
        "fonts": document_hash(font_sums()),
        "input": document_hash(sources.letter.document()),
        "pdf": document_hash(package.pdf),
        "plain": document_hash(package.plain),
        "annex": document_hash(package.annex),
    }
    return [
        Difference(part, getattr(event, part), found) for part, found in made.items() if found != getattr(event, part)
    ]


def archived_sources(connection: sa.Connection, event: LetterComposed) -> Sources:
    """Return a letter's sources out of the archive."""

    def find(hash: str) -> bytes:
        return documents.get(connection, hash).bytes()

    files = read_file_list(find(event.annex))
    rows = next(json.loads(find(found)) for name, found in files.items() if name.endswith("-annex-a.json"))
    return Sources(LetterInput.read(find(event.input)), find, [tuple(row) for row in rows])
