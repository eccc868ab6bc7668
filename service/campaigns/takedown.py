"""Taking a document down: its hash and the reason stay in the log, its words go (docs/log_format.md section 7.1)."""

from __future__ import annotations

from typing import get_args

import sqlalchemy as sa

from service.archive import documents
from service.campaigns.commands import RemovalReason, TakeDocumentDown
from service.errors import Refused
from service.eventlog.catalogue import encode
from service.eventlog.events import LOG_STREAM, DocumentRemoved
from service.eventlog.log import PetitionLog
from service.readmodel.tables import live
from service.store.tables import addressee, campaign

REASONS: tuple[str, ...] = get_args(RemovalReason)
APPROVALS_MIN = 2  # DESIGN.md invariant 11


def describe_takedown(connection: sa.Connection, log: PetitionLog, document: str, reason: str) -> list[str]:
    """Return what taking a document down would mean, and which entries name it.

    :raises NotFound: if there is no such document.
    :raises Refused: if it was taken down before, or no entry of the log names it.
    """
    found = documents.get(connection, document)
    if found.content is None:
        raise Refused(f"the document {document} was taken down before: {found.removed}")
    named = _named_by(connection, log, document)
    if not named:
        raise Refused(f"no entry of the log names the document {document}: only what was published is taken down")
    seen = "public" if found.public else "not public"
    return [
        f"Document {document} ({found.media_type}, {len(found.content)} bytes, {seen}) will be taken down for good.",
        f"The log will state the reason: {reason}.",
        f"Named by {', '.join(named)}.",
    ]


def take_document_down(command: TakeDocumentDown, log: PetitionLog, connection: sa.Connection) -> None:
    """Drop a document and append `document.removed`, inside a running `log.transaction()`.

    :raises Refused: if fewer than two people approved, or no entry of the log names it.
    :raises NotFound: if it is gone already.
    """
    day = log.day(connection, command.now)
    document, reason = command.document, command.reason
    if command.approvals < APPROVALS_MIN:
        raise Refused("a document is taken down by two people")
    if not _named_by(connection, log, document):
        raise Refused(f"no entry of the log names the document {document}")
    event = DocumentRemoved(day=day, document=document, reason=reason, approvals=command.approvals)
    log.append(event, len(log.stream(LOG_STREAM)) + 1)
    documents.take_down(connection, document, reason)


def _named_by(connection: sa.Connection, log: PetitionLog, document: str) -> list[str]:
    """Return stream and type of each event that names a document; signatures name texts, which campaigns do too."""
    quoted = f'"{document}"'.encode()
    streams = [LOG_STREAM, *connection.execute(sa.select(campaign.c.id).order_by(campaign.c.id)).scalars()]
    streams += [f"addressee:{one}" for one in connection.execute(sa.select(addressee.c.id).order_by("id")).scalars()]
    streams += connection.execute(sa.select(live.letter.c.id).order_by(live.letter.c.id)).scalars()
    events = ((stream, one.event) for stream in streams for one in log.stream(stream))
    return [f"{stream} {event.topic}" for stream, event in events if quoted in encode(event)]
