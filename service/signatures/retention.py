"""What is kept for a time only: deletes it when the time is over."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from service.signatures.renewal import drop_stale
from service.store.database import Database
from service.store.tables import mine, outbox, pending


def sweep(database: Database, now: datetime) -> int:
    """Delete expired forms and links with their mail, and openings that nobody fetched; return how many rows.

    A link to renew is over with the next replacement, or when the appeal cannot be reopened any more.
    """
    now_s = int(now.timestamp())
    return drop_stale(database) + _sweep(database, now_s)


def _sweep(database: Database, now_s: int) -> int:
    with database.read() as connection:
        due = sa.select(sa.func.count()).select_from(pending).where(pending.c.expires <= now_s)
        kept = sa.select(sa.func.count()).select_from(mine).where(mine.c.kept_until <= now_s)
        if not connection.execute(due).scalar_one() + connection.execute(kept).scalar_one():
            return 0
    with database.write() as connection:
        expired = sa.select(pending.c.id).where(pending.c.expires <= now_s)
        connection.execute(sa.delete(outbox).where(outbox.c.pending.in_(expired)))
        gone = connection.execute(sa.delete(pending).where(pending.c.expires <= now_s)).rowcount
        emptied = sa.update(mine).where(mine.c.kept_until <= now_s).values(kept_opening=None, kept_until=None)
        return gone + connection.execute(emptied).rowcount
