"""Documents that a published copy of the log has and a restored database lost, put back into the archive."""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa

from service.archive.documents import HASH, JSON, MARKDOWN, put
from service.campaigns.text_document import FENCE
from service.errors import LogDamaged, NotFound
from service.eventlog.canonical import document_hash
from service.eventlog.events import DocumentRemoved
from service.publishing.mirror import Fetch
from service.store.tables import document, event

PDF, TEXT = "application/pdf", "text/plain; charset=utf-8"
PAGE = 1_000  # entries


def fetch_named(connection: sa.Connection, fetch: Fetch) -> int:
    """Keep the documents that entries name, and that those documents name, and return how many came back.

    A hash is the name of its document, so whatever looks like one is asked for; what is not public the copy does not
    have. What was taken down stays down.

    :raises LogDamaged: if a file of the copy is not the document that its name says.
    """
    known = set(connection.scalars(sa.select(document.c.hash))) | _removed(connection)
    wanted = {name for leaf in _leaves(connection) for name in _hashes(leaf)}
    came = 0
    while wanted - known:
        name = min(wanted - known)
        known.add(name)
        try:
            content = fetch(f"documents/{name}")
        except NotFound:
            continue
        if document_hash(content) != name:
            raise LogDamaged(f"the copy's documents/{name} is not what its name says: copy it anew, or delete it there")
        media_type = _media_type(content)
        put(connection, content, media_type, public=True)
        came += 1
        if media_type != PDF:
            wanted |= _hashes(content)
    return came


def _leaves(connection: sa.Connection) -> Iterator[bytes]:
    """Yield the entries, but those of signatures, which name nothing that their campaign does not."""
    chosen = sa.select(event.c.state).where(event.c.topic.not_like("signature.%")).order_by(event.c.id)
    return (bytes(state) for state in connection.execute(chosen.execution_options(yield_per=PAGE)).scalars())


def _removed(connection: sa.Connection) -> set[str]:
    topic = DocumentRemoved.__struct_config__.tag
    states = connection.scalars(sa.select(event.c.state).where(event.c.topic == topic))
    return {json.loads(bytes(state))["document"] for state in states}


def _hashes(content: bytes) -> set[str]:
    return set(HASH.findall(content.decode("utf-8", "replace")))


def _media_type(content: bytes) -> str:
    """Return what an archived document is: a copy keeps no types."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(FENCE.encode()):
        return MARKDOWN
    return JSON if content.startswith((b"{", b"[")) else TEXT
