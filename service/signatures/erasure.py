"""Erasing a person: row, key, waiting mail and links in one transaction; counts and proofs stay as they are."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.store.database import Database
from service.store.tables import erased_count, mine, outbox, pending, record, renewal
from service.vault.erasure import journal


def erase_person(database: Database, signature: str, campaign: str, day: str) -> None:
    """Erase all that leads from a signature to a person. Public figures do not move: an event would mark the person.

    Until the campaign is sealed, whoever holds its key can still test a guessed address; the page says so.
    """
    with database.write() as connection:
        links = _drop_links(connection, signature, used=True)  # first: who renews holds the link, then the record
        records = connection.execute(sa.select(record.c.id).where(record.c.signature == signature)).scalars().all()
        connection.execute(sa.delete(record).where(record.c.signature == signature))
        connection.execute(sa.delete(mine).where(mine.c.signature == signature))
        links += _drop_links(connection, signature, used=True)  # of a mail that was made meanwhile
        for row in (*records, *links):
            journal(connection, row, day)
        if records:
            _count(connection, campaign)


def drop_links(database: Database, signature: str) -> None:
    """Delete what asks somebody to renew who has withdrawn: the unused links and the mails that wait."""
    with database.write() as connection:
        _drop_links(connection, signature, used=False)


def _drop_links(connection: sa.Connection, signature: str, *, used: bool) -> list[str]:
    """Delete the links of a signature with their mail and return their ids: those to renew, and those `used`."""
    asked = sa.select(renewal.c.pending).where(renewal.c.signature == signature)
    unused = pending.c.id.in_(asked) & pending.c.signature.is_(None)
    chosen = unused | (pending.c.signature == signature) if used else unused
    ids = connection.scalars(sa.select(pending.c.id).where(chosen).order_by(pending.c.id).with_for_update()).all()
    connection.execute(sa.delete(outbox).where(outbox.c.pending.in_(ids)))
    connection.execute(sa.delete(pending).where(pending.c.id.in_(ids)))
    if used:
        connection.execute(sa.delete(renewal).where(renewal.c.signature == signature))
    return list(ids)


def erase_pending(database: Database, row_id: str, day: str) -> None:
    """Erase a form that somebody else sent in a person's name ("it was not me")."""
    with database.write() as connection:
        unused = sa.delete(pending).where(pending.c.id == row_id, pending.c.signature.is_(None))
        if connection.execute(unused).rowcount:  # a used row stays: after a restore the journal would erase its pages
            connection.execute(sa.delete(outbox).where(outbox.c.pending == row_id))
            journal(connection, row_id, day)


def _count(connection: sa.Connection, campaign: str) -> None:
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(erased_count).values(campaign=campaign, erased=1)
    raised = {"erased": erased_count.c.erased + 1}  # two may be the first at once
    connection.execute(first.on_conflict_do_update(index_elements=[erased_count.c.campaign], set_=raised))
