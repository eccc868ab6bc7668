"""Who asked for news: a record of its own that no signature leads to, found by its link, or by the address itself.

The finder is a keyed hash of the address under the campaign's key, as tokens of signatures are, for a purpose of its
own: without the address nobody can say which belong together, and with the key both end.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

import sqlalchemy as sa

from service.store.database import Database
from service.store.mail_tables import subscriber
from service.store.tables import outbox
from service.vault.erasure import journal
from service.vault.keys import Keys
from service.vault.sealing import new_key, seal, unseal, unwrap, wrap


def subscriber_row(keys: Keys, campaign_key: bytes, campaign: str, form: dict[str, Any], day: str) -> dict[str, Any]:
    """Return a new row for the address of a form that was confirmed on a day; it waits to be mixed with others."""
    row_id, token, data_key = secrets.token_urlsafe(16), secrets.token_urlsafe(32), new_key()
    kek, wrapped = wrap(keys, data_key, row_id.encode())
    kept = {"email": form["email"], "language": form["language"], "token": token}
    return {
        "id": row_id, "campaign": campaign, "finder": finder(campaign_key, campaign, form["norm"]),
        "token_hash": token_hash(token), "waits": day, "told": -1, "kek": kek, "wrapped_key": wrapped,
        "sealed": seal(data_key, kept, row_id.encode()),
    }  # fmt: skip


def finder(campaign_key: bytes, campaign: str, norm: str) -> str:
    """Return the keyed hash by which the holder of an address is found in one campaign's list."""
    message = b"\0".join((b"petition/news/v1", campaign.encode(), norm.encode()))
    return hmac.digest(campaign_key, message, hashlib.sha256).hex()


def token_hash(token: str) -> str:
    """Return the hash under which the token of a link that ends the news is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def opened_subscriber(keys: Keys, row: sa.RowMapping) -> tuple[dict[str, Any], bytes]:
    """Return address, language and token of a row, and the key that seals its mail."""
    data_key = unwrap(keys, row["kek"], row["wrapped_key"], row["id"].encode())
    return unseal(data_key, row["sealed"], row["id"].encode()), data_key


def unsubscribe(database: Database, token: str, day: str) -> None:
    """Delete who has this link, and the mail that waits for them; whether there was anybody is not told."""
    this = subscriber.c.token_hash == token_hash(token)
    with database.read() as connection:  # an unknown link takes no turn among the writers
        if connection.execute(sa.select(subscriber.c.id).where(this)).first() is None:
            return
    with database.write() as connection:
        _delete(connection, this, day)


def forget_subscriber(connection: sa.Connection, campaign_key: bytes, campaign: str, norm: str, day: str) -> None:
    """Delete who asked for news with this address, in the transaction that erases the person."""
    _delete(connection, subscriber.c.finder == finder(campaign_key, campaign, norm), day)


def _delete(connection: sa.Connection, which: sa.ColumnElement[bool], day: str) -> None:
    for _ in range(2):  # mixing writes a row anew: who waited for it sees the new one at the second look
        ids = connection.scalars(sa.select(subscriber.c.id).where(which).with_for_update()).all()
        connection.execute(sa.delete(outbox).where(outbox.c.pending.in_(ids)))
        connection.execute(sa.delete(subscriber).where(subscriber.c.id.in_(ids)))
        for row_id in ids:
            journal(connection, row_id, day)
