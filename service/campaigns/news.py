"""What was told of a campaign since it opened: updates, what became of the matter, that it takes signatures again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.archive import documents
from service.campaigns.markdown import to_html
from service.campaigns.news_document import read_news_document
from service.campaigns.views import CampaignView
from service.readmodel.tables import live


@dataclass(frozen=True)
class NewsVersion:
    """The words of one thing that was told, in one language."""

    title: str
    language: str
    direction: str
    markdown: str
    html: str  # safe to print


@dataclass(frozen=True)
class NewsView:
    """One thing that was told, with its entry in the log; of a document that was taken down the words are missing."""

    entry: int
    day: str
    kind: str  # update outcome reopened
    outcome: str  # granted partly refused moot unknown; "" of other kinds
    document: str  # hash; "" of a reopening
    versions: tuple[NewsVersion, ...] = ()  # the original first
    removed: str = ""  # reason class, if the document was taken down

    def told_in(self, language: str) -> NewsVersion:
        """Return the version in a language, else the original. Only of what has words."""
        return next((one for one in self.versions if one.language == language), self.versions[0])


def news_of(connection: sa.Connection, campaign: CampaignView, after: int = -1) -> list[NewsView]:
    """Return what was told of a campaign after an entry, the newest first; none if the persons had it withdrawn."""
    if campaign.is_silenced:
        return []
    news = live.news
    chosen = sa.select(news).where(news.c.campaign == campaign.id, news.c.entry > after).order_by(news.c.entry.desc())
    return [_view(connection, row) for row in connection.execute(chosen).mappings().all()]


def newest_entry(connection: sa.Connection, campaign_id: str) -> int:
    """Return the index of the newest entry that told something of a campaign, or -1."""
    chosen = sa.select(sa.func.max(live.news.c.entry)).where(live.news.c.campaign == campaign_id)
    found = connection.execute(chosen).scalar_one()
    return -1 if found is None else int(found)


def _view(connection: sa.Connection, row: sa.RowMapping) -> NewsView:
    told: dict[str, Any] = {name: row[name] for name in ("entry", "day", "kind", "outcome", "document")}
    if not row["document"]:
        return NewsView(**told)
    kept = documents.get(connection, row["document"])
    if kept.content is None:
        return NewsView(**told, removed=str(kept.removed))
    versions = (
        NewsVersion(one.fields["title"], one.fields["language"], one.fields["direction"], one.body, to_html(one.body))
        for one in read_news_document(kept.content)
    )
    return NewsView(**told, versions=tuple(versions))
