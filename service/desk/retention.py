"""What the desk keeps for a time only (PRIVACY.md section 2): deletes it when the time is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.clock import day_of
from service.desk.tables import access_record, account, recovery_code, request
from service.store.author_tables import letter_composer, text_writer
from service.store.database import Database
from service.store.tables import campaign, campaign_text

ACCOUNT_KEPT_DAYS = 30  # after it was closed
REQUEST_KEPT_DAYS = 30  # after it was asked: a closed account is then named by none
RECORD_KEPT_DAYS = 731  # two years: the record of access, who composed a letter, who wrote a text


def sweep(database: Database, now: datetime) -> int:
    """Mark what expired, delete what was kept long enough, and return how many rows."""
    due = _due(now)
    with database.read() as connection:
        if not any(connection.execute(sa.select(table).where(where).limit(1)).first() for table, where in due):
            return 0
    with database.write() as connection:
        expired = sa.update(request).where(due[0][1]).values(state="expired")
        changed = connection.execute(expired).rowcount
        for table, where in due[1:]:
            changed += connection.execute(sa.delete(table).where(where)).rowcount
        orphaned = recovery_code.c.account.not_in(sa.select(account.c.id))
        connection.execute(sa.delete(recovery_code).where(orphaned))
        return changed


def _due(now: datetime) -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Return each table with the rows that are due: first those that expire, then those that go."""
    now_s = int(now.timestamp())
    oldest_record = day_of(now - timedelta(days=RECORD_KEPT_DAYS))
    closed_before = day_of(now - timedelta(days=ACCOUNT_KEPT_DAYS))
    return [
        (request, (request.c.state == "open") & (request.c.expires <= now_s)),
        (request, request.c.asked_at <= now_s - REQUEST_KEPT_DAYS * 86_400),
        (account, (account.c.state == "closed") & (account.c.closed <= closed_before)),
        (access_record, access_record.c.day < oldest_record),
        (letter_composer, letter_composer.c.day < oldest_record),
        (text_writer, writers_past_their_time(oldest_record)),
    ]


def writers_past_their_time(oldest: str) -> sa.ColumnElement[bool]:
    """Return what chooses the rows of `text_writer` from before a day of which no appeal makes use any more."""
    return (text_writer.c.day < oldest) & text_writer.c.document.not_in(_in_use())


def _in_use() -> sa.Select[Any]:
    """Return what chooses the texts of appeals that may still send a letter."""
    joined = campaign_text.join(campaign, campaign.c.id == campaign_text.c.campaign)
    return sa.select(campaign_text.c.hash).select_from(joined).where(campaign.c.state != "sealed")
