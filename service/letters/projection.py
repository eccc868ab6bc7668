"""Read models of letters and addressees: the state of each, and what happened to it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from service.eventlog.base import Entry
from service.letters.events import (
    AddresseeAmended,
    AddresseeEvent,
    AddresseeRegistered,
    AddresseeRetired,
    AddresseeVerified,
    LetterAccepted,
    LetterAcknowledged,
    LetterAnswered,
    LetterApproved,
    LetterBounced,
    LetterComposed,
    LetterDropped,
    LetterEvent,
    LetterFailed,
    LetterHandedOver,
    LetterOverdue,
    LetterUncertain,
)
from service.readmodel.tables import ReadTables

STATES: dict[type[LetterEvent], str] = {
    LetterApproved: "approved",
    LetterHandedOver: "handed_over",
    LetterFailed: "failed",
    LetterUncertain: "uncertain",
    LetterAccepted: "accepted",
    LetterBounced: "bounced",
    LetterAcknowledged: "acknowledged",
    LetterAnswered: "answered",
    LetterOverdue: "overdue",
    LetterDropped: "dropped",
}
_COMPOSED = (
    "campaign",
    "addressee",
    "record",
    "kind",
    "language",
    "at_size",
    "active",
    "text",
    "input",
    "pdf",
    "pdf_bytes",
    "plain",
    "annex",
)


def apply(connection: sa.Connection, tables: ReadTables, entries: list[Entry], first_index: int) -> None:
    """Apply a page of entries; `first_index` is the leaf index of the first public one."""
    index = first_index
    for entry in entries:
        if entry.is_public and isinstance(entry.event, LetterEvent):
            _letter(connection, tables, entry.event, index)
            _line(connection, tables, entry, index)
        elif entry.is_public and isinstance(entry.event, AddresseeEvent):
            _addressee(connection, tables, entry.event, index)
        index += entry.is_public


def _letter(connection: sa.Connection, tables: ReadTables, event: LetterEvent, index: int) -> None:
    letter = tables.letter
    if isinstance(event, LetterComposed):
        row: dict[str, Any] = {name: getattr(event, name) for name in _COMPOSED}
        connection.execute(sa.delete(letter).where(letter.c.id == event.letter))
        connection.execute(
            sa.insert(letter).values(id=event.letter, state="composed", entry=index, day=event.day, **row)
        )
    elif (state := STATES.get(type(event))) is not None:
        connection.execute(sa.update(letter).where(letter.c.id == event.letter).values(state=state))


def _line(connection: sa.Connection, tables: ReadTables, entry: Entry, index: int) -> None:
    line = {
        "letter": entry.stream,
        "entry": index,
        "type": entry.topic,
        "day": entry.event.day,
        "fields": entry.leaf.decode(),
    }
    connection.execute(sa.insert(tables.letter_event).values(line))


def _addressee(connection: sa.Connection, tables: ReadTables, event: AddresseeEvent, index: int) -> None:
    addressee = tables.addressee
    this = addressee.c.id == event.addressee
    match event:
        case AddresseeRegistered():
            row = {"id": event.addressee, "hash": event.document, "status": "unverified", "entry": index}
            connection.execute(sa.insert(addressee).values(row))
        case AddresseeAmended():
            connection.execute(
                sa.update(addressee).where(this).values(hash=event.document, status="unverified", entry=index)
            )
        case AddresseeVerified():
            connection.execute(sa.update(addressee).where(this).values(status="verified", entry=index))
        case AddresseeRetired():
            connection.execute(sa.update(addressee).where(this).values(status="retired", entry=index))
