"""Takes from the list who came when: what waits is written anew in random order, eight together or at the day's end.

A confirmation writes signature and subscriber in one transaction, so until then their places in the two tables tell
that they belong together; they tell it of a group only afterwards (PRIVACY.md section 2).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from service.campaigns.queries import newest_entry
from service.clock import day_of
from service.store.database import Database
from service.store.mail_tables import subscriber

TOGETHER_MIN = 8  # as AT_RISK_BATCH_MIN of signatures
MIXED_AT_ONCE = 5_000  # rows in one transaction, so that others can write in between
RANDOM = secrets.SystemRandom()


def mix_due(database: Database, now: datetime) -> int:
    """Write anew what waits long enough or in company; return how many."""
    count, oldest = sa.func.count().label("rows"), sa.func.min(subscriber.c.waits).label("oldest")
    waiting = sa.select(subscriber.c.campaign, count, oldest).where(subscriber.c.waits != "")
    with database.read() as connection:
        found = connection.execute(waiting.group_by(subscriber.c.campaign)).all()
    due = [row.campaign for row in found if row.rows >= TOGETHER_MIN or row.oldest < day_of(now)]
    return sum(_mix(database, campaign) for campaign in due)


def _mix(database: Database, campaign: str) -> int:
    chosen = sa.select(subscriber).where(subscriber.c.campaign == campaign, subscriber.c.waits != "")
    with database.write() as connection:
        rows: Sequence[sa.RowMapping] = (
            connection.execute(chosen.limit(MIXED_AT_ONCE).with_for_update()).mappings().all()
        )
        connection.execute(sa.delete(subscriber).where(subscriber.c.id.in_([row["id"] for row in rows])))
        told = newest_entry(connection, campaign)  # what was told before they asked is on the page
        mixed = [dict(row) | {"waits": "", "told": told} for row in rows]
        RANDOM.shuffle(mixed)
        if mixed:
            connection.execute(sa.insert(subscriber), mixed)
    return len(rows)
