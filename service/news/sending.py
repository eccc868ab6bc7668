"""Brings updates and outcomes to those who asked for news: each once, in batches, through the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from service.campaigns.queries import CampaignView, NewsView, campaigns, newest_entry, news_of, text_in
from service.news.mail import NewsMail, news_mail
from service.news.subscribers import opened_subscriber
from service.outbox.queue import Message, message_row
from service.store.database import Database
from service.store.mail_tables import subscriber
from service.store.tables import outbox
from service.vault.keys import Keys

MAILED_AT_ONCE = 50  # people in one transaction, so that others can write in between
KEPT_S = 72 * 3_600  # how long a mail waits for a mail server that is away, as every other
MIXED = subscriber.c.waits == ""
Titles = Mapping[str, str]  # of the appeal, by language


@dataclass(frozen=True)
class NewsPost:
    """What the mails are made with."""

    database: Database
    keys: Keys
    base_url: str
    sender: str
    sender_name: str

    def message(self, row: sa.RowMapping, titles: Titles, ref: str, one: NewsView) -> tuple[Message, bytes]:
        """Return the mail that tells a subscriber one thing in their language, and the key that seals it."""
        kept, data_key = opened_subscriber(self.keys, row)
        told = one.told_in(kept["language"])
        query = urlencode({"lang": kept["language"]})
        filled = NewsMail(
            to=kept["email"],
            language=kept["language"],
            appeal=titles[told.language],
            title=told.title,
            text=told.markdown,
            told_in=told.language,
            page=f"{self.base_url}/{kept['language']}/c/{ref}/updates",
            unsubscribe=f"{self.base_url}/unsubscribe/{kept['token']}?{query}",
            sender=self.sender,
            sender_name=self.sender_name,
        )
        return news_mail(filled), data_key


def mail_news(post: NewsPost, now: datetime) -> int:
    """Put the next batch of each appeal's news into the outbox; return how many mails.

    None of appeals at risk, and none once the persons concerned had one withdrawn.
    """
    with post.database.read() as connection:
        found = [one for one in campaigns(connection) if _mails(one)]
    return sum(_mail(post, campaign, now) for campaign in found)


def _mails(campaign: CampaignView) -> bool:
    return campaign.state != "sealed" and not (campaign.is_at_risk or campaign.is_silenced)


def _mail(post: NewsPost, campaign: CampaignView, now: datetime) -> int:
    """Make mails of the oldest news that somebody was not told yet, and write those that are still due.

    Read and sealed outside the transaction that writes; there whoever was told or left meanwhile is passed over.
    """
    with post.database.read() as connection:
        one = _next(connection, campaign)
        if one is None:
            return 0
        rows = connection.execute(_behind(campaign.id, one.entry).limit(MAILED_AT_ONCE)).mappings().all()
        titles = {told.language: text_in(connection, campaign, told.language).title for told in one.versions}
    made = {row["id"]: _row(row["id"], *post.message(row, titles, campaign.ref, one), now) for row in rows}
    return _write(post.database, one.entry, made)


def _row(subscriber_id: str, message: Message, data_key: bytes, now: datetime) -> dict[str, Any]:
    now_s = int(now.timestamp())
    return message_row(subscriber_id, data_key, message, now_s, now_s + KEPT_S)


def _next(connection: sa.Connection, campaign: CampaignView) -> NewsView | None:
    least = sa.select(sa.func.min(subscriber.c.told)).where(subscriber.c.campaign == campaign.id, MIXED)
    told = connection.execute(least).scalar_one()
    if told is None or newest_entry(connection, campaign.id) <= told:
        return None
    news = reversed(news_of(connection, campaign, after=told))
    readable = (one for one in news if one.document and not one.removed)
    return next((one for one in readable if connection.execute(_behind(campaign.id, one.entry)).first()), None)


def _behind(campaign: str, entry: int) -> sa.Select[Any]:
    """Return who was not told yet what an entry says."""
    chosen = sa.select(subscriber).where(subscriber.c.campaign == campaign, MIXED, subscriber.c.told < entry)
    return chosen.order_by(subscriber.c.id)


def _write(database: Database, entry: int, made: dict[str, dict[str, Any]]) -> int:
    due = sa.update(subscriber).where(subscriber.c.id.in_(sorted(made)), subscriber.c.told < entry)
    with database.write() as connection:
        ids = connection.scalars(due.values(told=entry).returning(subscriber.c.id)).all()
        if ids:
            connection.execute(sa.insert(outbox), [made[one] for one in ids])
    return len(ids)
