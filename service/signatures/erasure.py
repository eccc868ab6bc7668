"""Erasing a person: row, key, waiting mail and links in one transaction; counts and proofs stay as they are."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.news.subscribers import forget_subscriber
from service.signatures.aggregate import Signature
from service.signatures.rows import opened_record
from service.store.database import Database
from service.store.gates import share_gate
from service.store.tables import campaign as campaign_table
from service.store.tables import erased_count, mine, outbox, pending, record, renewal
from service.vault.annexes import erase_from_annexes, leave_annexes
from service.vault.campaign_keys import CampaignKeyGone, campaign_key
from service.vault.erasure import journal
from service.vault.kek_files import KeyMissing
from service.vault.keys import Keys
from service.vault.sealing import SealBroken


def erase_person(database: Database, keys: Keys, signed: Signature, day: str) -> None:
    """Erase all that leads from a signature to a person. Public figures do not move: an event would mark the person.

    The news that were asked for with the same address end, too, as long as a record tells the address.

    Until the campaign is sealed, whoever holds its key can still test a guessed address; the page says so.
    """
    signature = signed.id
    with database.write() as connection:
        _share_gate(connection, signed.campaign)  # or what is counted and noted here would outlive a sealing meanwhile
        links = _drop_links(connection, signature, used=True)  # first: who renews holds the link, then the record
        _forget_news(connection, keys, signed, day)
        records = connection.execute(sa.select(record.c.id).where(record.c.signature == signature)).scalars().all()
        for table in (mine, record):  # in the order of sealing, or each waits for the other
            connection.execute(sa.delete(table).where(table.c.signature == signature))
        erase_from_annexes(connection, signature, day)
        links += _drop_links(connection, signature, used=True)  # of a mail that was made meanwhile
        for row in (*records, *links):
            journal(connection, row, day)
        if records:
            _count(connection, signed.campaign)


def _share_gate(connection: sa.Connection, campaign: str) -> None:
    number = connection.scalar(sa.select(campaign_table.c.number).where(campaign_table.c.id == campaign))
    if number is not None:  # the signature went with a sealing since: nothing of it is left to erase
        share_gate(connection, number)


def _forget_news(connection: sa.Connection, keys: Keys, signed: Signature, day: str) -> None:
    """End the news of an address. What cannot be opened any more keeps nobody from erasing: it names nobody either."""
    with suppress(CampaignKeyGone, KeyMissing, SealBroken):
        if (kept := opened_record(connection, keys, signed.id)) is not None:
            key = campaign_key(connection, keys, signed.campaign)
            forget_subscriber(connection, key, signed.campaign, kept.content["norm"], day)


def leave(database: Database, signature: str) -> None:
    """Take somebody who has withdrawn out of letters' annexes, and delete what asks them to renew: links and mails."""
    with database.write() as connection:
        _drop_links(connection, signature, used=False)
        leave_annexes(connection, [signature])


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
