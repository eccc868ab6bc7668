"""The flood limit: how many mails an address got lately, counted in the database for all workers, and never shown.

What is kept is a keyed hash of the address and the hours, rounded up, for a day. The key stands outside the database.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.outbox.message import with_a_label
from service.store.mail_tables import mailed
from service.vault.keys import Keys

LIMIT = 3  # mails to one address, over all campaigns; PRIVACY section 8
PERIOD_H = 24
HOUR_S = 3_600


def take(connection: sa.Connection, keys: Keys, addresses: Sequence[str], now: datetime) -> list[bool]:
    """Count a mail to each address for which one more is allowed; return for which that is.

    A mail is counted before it is handed over, so that many workers keep one limit; `give_back` what was not taken.
    """
    hashed = [_hash(keys, address) for address in addresses]
    allowed = [False] * len(hashed)
    for place, address in sorted(enumerate(hashed), key=lambda pair: pair[1]):  # one order: nobody waits in a circle
        hours = _recent(connection, address, now)
        allowed[place] = len(hours) < LIMIT
        if allowed[place]:
            _write(connection, address, [*hours, -(-int(now.timestamp()) // HOUR_S)])
    return allowed


def give_back(connection: sa.Connection, keys: Keys, addresses: Iterable[str], now: datetime) -> None:
    """Take a mail to each of these addresses off the count: it is known not to have been taken."""
    for address in sorted(_hash(keys, each) for each in addresses):
        if hours := _recent(connection, address, now):
            _write(connection, address, hours[:-1])


def forget_old(connection: sa.Connection, now: datetime) -> int:
    """Delete what no longer counts; return how many addresses."""
    return connection.execute(
        sa.delete(mailed).where(mailed.c.newest <= int(now.timestamp()) // HOUR_S - PERIOD_H)
    ).rowcount


def _recent(connection: sa.Connection, address: str, now: datetime) -> list[int]:
    """Return the hours that still count, and hold the row until the transaction ends."""
    oldest = int(now.timestamp()) // HOUR_S - PERIOD_H
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    none = {"address": address, "hours": "", "newest": 0}
    connection.execute(dialect.insert(mailed).values(none).on_conflict_do_nothing())
    chosen = sa.select(mailed.c.hours).where(mailed.c.address == address).with_for_update()
    return [each for each in map(int, connection.execute(chosen).scalar_one().split()) if each > oldest]


def _write(connection: sa.Connection, address: str, hours: list[int]) -> None:
    newest = max(hours, default=0)
    changed = sa.update(mailed).where(mailed.c.address == address)
    connection.execute(changed.values(hours=" ".join(map(str, hours)), newest=newest))


def _hash(keys: Keys, address: str) -> str:
    folded = unicodedata.normalize("NFC", with_a_label(address.strip().removesuffix(".")).casefold())
    return keys.mac("flood", folded.encode())[:16].hex()
