"""Who wrote a text or a letter's wording: random ids of accounts, for the two-person rule (LETTERS.md section 7).

They are the vault's and never stand in the log. A version keeps the writers of the one that it grew from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.archive import documents
from service.campaigns.text_document import read_document
from service.store.author_tables import text_writer

UNWRITTEN = ("ref", "appeal", "translates")  # of a head: what a text is named to belong to, which nobody writes in it
OF_REVIEW = ("state", "notice")  # of a file: what changes by review, while the words stay


@dataclass(frozen=True)
class Written:
    """The accounts that wrote a version, and the day on which it was brought in."""

    by: frozenset[str] = frozenset()
    day: str = ""


def note_writers(connection: sa.Connection, hash: str, before: str, written: Written) -> None:
    """Note who wrote the archived document `hash`, which takes the place of `before` ("" for a first version).

    Whoever wrote the earlier one wrote this, too; whoever brings in the same words again wrote nothing.
    """
    chosen = sa.select(text_writer.c.account, text_writer.c.day).where(text_writer.c.document == before)
    writers = {row.account: row.day for row in connection.execute(chosen)}
    if not before or _words(connection, before) != _words(connection, hash):
        writers |= dict.fromkeys(written.by, written.day)
    rows = [{"document": hash, "account": account, "day": day} for account, day in sorted(writers.items())]
    if rows:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(text_writer).on_conflict_do_nothing(), rows)


def with_writers(files: dict[str, Any], before: dict[str, Any], by: Iterable[str]) -> dict[str, Any]:
    """Return the files of an import with the writers of each, given those of an earlier import of the same appeal."""
    return {key: file | {"writers": _writers(file, before.get(key), by)} for key, file in files.items()}


def _writers(file: dict[str, Any], before: dict[str, Any] | None, by: Iterable[str]) -> list[str]:
    earlier = set(before.get("writers", [])) if before else set()
    is_same = before is not None and _as_read(file) == _as_read(before)
    return sorted(earlier if is_same else earlier | set(by))


def _as_read(file: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return {key: value for key, value in file["fields"].items() if key not in OF_REVIEW}, file["body"]


def _words(connection: sa.Connection, hash: str) -> tuple[dict[str, str], str] | None:
    """Return a document's head and words, or nothing if it was taken down: then nobody can tell what changed."""
    content = documents.get(connection, hash).content
    if content is None:
        return None
    found = read_document(content)
    return {key: value for key, value in found.fields.items() if key not in UNWRITTEN}, found.body
