"""Documents by hash: kept once, found by what they are, taken down with a public reason while the hash stays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.errors import NotFound, PetitionError
from service.eventlog.canonical import document_hash
from service.store.tables import document

HASH = re.compile(r"[0-9a-f]{64}")
JSON = "application/json"
MARKDOWN = "text/markdown; charset=utf-8"


class DocumentGone(PetitionError):
    """This document was taken down. Its hash stays in the log."""

    code, status = "removed", 410


@dataclass(frozen=True)
class Document:
    """A document as it is kept. ``content`` is none once it was taken down; then ``removed`` names the reason class."""

    hash: str
    media_type: str
    content: bytes | None
    removed: str | None
    public: bool

    def bytes(self) -> bytes:
        """Return the content. :raises DocumentGone: with the reason class, if it was taken down."""
        if self.content is None:
            raise DocumentGone(f"This document was taken down. Reason: {self.removed}.", reason=self.removed)
        return self.content


def put(connection: sa.Connection, content: bytes, media_type: str, *, public: bool) -> str:
    """Keep a document and return its hash.

    The same content a second time is the same row: what is public stays so, and what was taken down stays down.
    """
    found = document_hash(content)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(document).values(hash=found, media_type=media_type, content=content, public=public)
    connection.execute(row.on_conflict_do_nothing(index_elements=["hash"]))
    if public:
        make_public(connection, [found])
    return found


def get(connection: sa.Connection, hash: str) -> Document:
    """Return the document with this hash, public or not. :raises NotFound: if there is none, or it is no hash."""
    chosen = sa.select(document).where(document.c.hash == hash)
    row = connection.execute(chosen).mappings().one_or_none() if HASH.fullmatch(hash) else None
    if row is None:
        raise NotFound("There is no document with this hash.")
    content = None if row["content"] is None else bytes(row["content"])
    return Document(row["hash"], row["media_type"], content, row["removed"], row["public"])


def make_public(connection: sa.Connection, hashes: Iterable[str]) -> None:
    """Show these documents to everybody from now on."""
    hidden = document.c.hash.in_(sorted(set(hashes))) & document.c.public.is_(False)
    connection.execute(sa.update(document).where(hidden).values(public=True))


def public_documents(connection: sa.Connection) -> set[str]:
    """Return the hashes of what everybody may read."""
    return set(connection.scalars(sa.select(document.c.hash).where(document.c.public, document.c.content.is_not(None))))


def removed_documents(connection: sa.Connection) -> set[str]:
    """Return the hashes of what was taken down."""
    return set(connection.scalars(sa.select(document.c.hash).where(document.c.removed.is_not(None))))


def take_down(connection: sa.Connection, hash: str, reason: str) -> None:
    """Drop a document's content for good, in the transaction that appends `document.removed`; hash and reason stay.

    :raises NotFound: if there is none, or it was taken down before.
    """
    there = (document.c.hash == hash) & document.c.content.is_not(None)
    taken = sa.update(document).where(there).values(content=None, removed=reason)
    if not connection.execute(taken).rowcount:
        raise NotFound(f"There is no document {hash} that could be taken down.")
