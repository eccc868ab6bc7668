"""Every letter of an old log is made again from log and archive, byte for byte, by today's program.

`letters_v1.json.gz` holds the `letter.composed` leaves of a log that was written before labels had plural forms, and
the documents of its archive without the PDFs: these are what has to come out. It is never written anew.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from service.archive import documents
from service.eventlog.canonical import document_hash
from service.eventlog.catalogue import decode
from service.letters.coverage import font_sums
from service.letters.events import LetterComposed
from service.letters.package import make_package
from service.letters.rebuilding import archived_sources
from service.letters.typesetting import engine
from service.store.database import Database

OLD: dict[str, Any] = json.loads(gzip.decompress((Path(__file__).parent / "letters_v1.json.gz").read_bytes()))
LETTERS = [decode("letter.composed", leaf.encode()) for leaf in OLD["leaves"]]
KINDS = ["court_open_letter", "ministry_petition", "embassy_copy", "court_open_letter", "ministry_petition"]


def test_there_are_letters_of_several_kinds_and_of_the_engine_and_fonts_of_today() -> None:
    assert [letter.kind for letter in LETTERS if isinstance(letter, LetterComposed)] == KINDS
    # With another engine or other fonts other bytes prove nothing (LETTERS.md section 6): then begin another file.
    assert {letter.engine for letter in LETTERS if isinstance(letter, LetterComposed)} == {engine()}
    assert {letter.fonts for letter in LETTERS if isinstance(letter, LetterComposed)} == {document_hash(font_sums())}


@pytest.mark.parametrize("number", range(len(LETTERS)))
def test_it_has_the_same_bytes_when_it_is_made_again(sqlite_database: Database, number: int) -> None:
    letter = LETTERS[number]
    assert isinstance(letter, LetterComposed)
    with sqlite_database.write() as connection:
        for found, content in OLD["documents"].items():
            assert documents.put(connection, content.encode(), "text/plain", public=True) == found
        package = make_package(archived_sources(connection, letter))
    made = (document_hash(package.pdf), len(package.pdf), document_hash(package.plain), document_hash(package.annex))
    assert made == (letter.pdf, letter.pdf_bytes, letter.plain, letter.annex)
