"""The page and the feed of an appeal's news, and the link that ends the mails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from service.campaigns.queries import CampaignView, campaign_by_ref, news_of, text_in
from service.clock import Clock, day_of
from service.news.subscribers import unsubscribe
from service.store.database import Database

FEED_TYPE = "application/atom+xml; charset=utf-8"  # RFC 4287 section 7


@dataclass(frozen=True)
class LetterNews:
    """What happened to a campaign's letters, the newest first, with the letters by id and the answers one can read."""

    lines: list[Any]
    letters: Mapping[str, Any]
    released: set[str]


@dataclass(frozen=True)
class NewsSite:
    """What these pages need; `letters_of` comes from the room to the right."""

    public: Database
    database: Database
    clock: Clock
    origin: str  # of the log
    letters_of: Callable[[sa.Connection, str], LetterNews]


def pages(site: NewsSite) -> Blueprint:
    """Return the blueprint of the news; everybody may read them, and who has the link may end the mails."""
    blueprint = Blueprint("news", __name__)

    @blueprint.get("/<lang:lang>/c/<ref>/updates")
    def updates(lang: str, ref: str) -> ResponseReturnValue:
        """Show what was told of an appeal and what became of its letters, the newest first; 410 if it was silenced."""
        with site.public.read() as connection:
            campaign = campaign_by_ref(connection, ref)
            context = _told(site, connection, campaign, lang)
        answer = render_template("news/updates.html", **context)
        return (answer, 410) if campaign.is_silenced else answer

    @blueprint.get("/<lang:lang>/c/<ref>/feed.atom")
    def feed(lang: str, ref: str) -> ResponseReturnValue:
        """Answer the same as an Atom feed (RFC 4287), with ids that never change (RFC 4151)."""
        with site.public.read() as connection:
            campaign = campaign_by_ref(connection, ref)
            context = _told(site, connection, campaign, lang)
        tag = f"tag:{site.origin.partition('/')[0]},{campaign.opens}:{campaign.id}"
        body = render_template("news/feed.xml", tag=tag, **context)
        return Response(body, 410 if campaign.is_silenced else 200, content_type=FEED_TYPE)

    @blueprint.get("/unsubscribe/<token>")
    def leave(token: str) -> str:
        """Show a button and change nothing: mail scanners open links. Nothing is looked up: all links look alike."""
        return render_template("news/unsubscribe.html", done=False)

    @blueprint.post("/unsubscribe/<token>")
    def left(token: str) -> str:
        """End the mails, by the button or by the mail program's own (RFC 8058 section 3.1); the same answer to all."""
        unsubscribe(site.database, token, day_of(site.clock.now()))
        return render_template("news/unsubscribe.html", done=True)

    return blueprint


def _told(site: NewsSite, connection: sa.Connection, campaign: CampaignView, lang: str) -> dict[str, Any]:
    """Return all that a page or a feed shows: news and letters' events in one order, by their entry in the log."""
    found = site.letters_of(connection, campaign.id)
    lines = [] if campaign.is_silenced else found.lines
    told = [*news_of(connection, campaign), *lines]
    return {
        "campaign": campaign,
        "text": text_in(connection, campaign, lang),
        "entries": sorted(told, key=lambda one: one.entry, reverse=True),
        "letters": found.letters,
        "released": found.released,
    }
