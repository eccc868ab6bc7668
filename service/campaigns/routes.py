"""Public pages of appeals: the list, one appeal, a version of its text, and the count for other programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, current_app, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from service.campaigns import queries
from service.campaigns.queries import CampaignView, Counts, Heading, TextVersion
from service.clock import Clock, day_of
from service.store.database import Database
from service.web.languages import page_language

COUNT_LIFETIME = "public, max-age=5"  # partners poll it

blueprint = Blueprint("campaigns", __name__)


class CampaignPages:
    """What these pages need; `letters_of` comes from the room to the right."""

    def __init__(self, database: Database, clock: Clock, letters_of: Callable[[sa.Connection, str], list[Any]]) -> None:
        self.database = database
        self.clock = clock
        self.letters_of = letters_of

    def today(self) -> str:
        """Return today's day, UTC."""
        return day_of(self.clock.now())


def pages() -> CampaignPages:
    """Return what the pages of the running app work with."""
    found: CampaignPages = current_app.extensions["campaigns"]
    return found


@blueprint.get("/")
def start() -> ResponseReturnValue:
    """Lead to the list in the reader's language."""
    answer = redirect(url_for("campaigns.index", lang=page_language()), 303)
    answer.headers["Cache-Control"] = "public, max-age=15"
    return answer


@blueprint.get("/<lang:lang>/")
def index(lang: str) -> ResponseReturnValue:
    """Show open appeals, nearest deadline first, and closed ones below."""
    with pages().database.read() as connection:
        campaigns = queries.campaigns(connection)
        headings = queries.headings(connection, campaigns, lang)
        counts = queries.all_counts(connection, [campaign.id for campaign in campaigns])
    today = pages().today()
    rows = [(c.is_open_on(today), _summary(c, headings[c.id], counts[c.id])) for c in campaigns]
    return render_template(
        "campaigns/index.html",
        open=[row for is_open, row in rows if is_open],
        closed=[row for is_open, row in rows if not is_open],
    )


@blueprint.get("/<lang:lang>/c/<ref>")
def appeal(lang: str, ref: str) -> ResponseReturnValue:
    """Show one appeal with its count and the countries of its last tally, each at a log size.

    An appeal that the persons concerned had withdrawn is 410 and without its words.

    :raises NotFound: if there is none.
    :raises DocumentGone: with the public reason, if its text was taken down.
    """
    with pages().database.read() as connection:
        campaign = queries.campaign_by_ref(connection, ref)
        if campaign.is_silenced:
            counts = queries.counts(connection, campaign.id)
            return render_template("campaigns/silenced.html", campaign=campaign, counts=counts), 410
        context = {
            "campaign": campaign,
            "text": queries.standing_text(connection, campaign, lang),
            "appeal": queries.appeal_document(connection, campaign),
            "counts": queries.counts(connection, campaign.id),
            "growth": queries.history(connection, campaign.id),
            "tally": queries.last_tally(connection, campaign.id),
            "news": queries.news_of(connection, campaign),
            "addressees": queries.addressees(connection, campaign),
            "letters": pages().letters_of(connection, campaign.id),
        }
    is_open = campaign.is_open_on(pages().today())
    sign_url = url_for("signatures.sign", lang=lang, ref=ref) if is_open else None
    return render_template(
        "campaigns/appeal.html", **context, days_left=_days_left(campaign) if is_open else None, sign_url=sign_url
    )


@blueprint.get("/<lang:lang>/c/<ref>/text/<sha256>")
def text(lang: str, ref: str, sha256: str) -> ResponseReturnValue:
    """Show one version of an appeal's text, how it differs from the one before or the current one, and all versions.

    :raises NotFound: if it is no public text of this appeal.
    :raises DocumentGone: with the public reason, if it was taken down.
    """
    with pages().database.read() as connection:
        campaign = queries.campaign_by_ref(connection, ref)
        shown = queries.text_by_hash(connection, campaign, sha256)
        versions = queries.text_versions(connection, campaign)
        before, after = _compared(versions, shown.hash)
        difference = queries.text_difference(connection, before, after) if before else None
        counts = queries.counts(connection, campaign.id)
    return render_template(
        "campaigns/text.html",
        campaign=campaign,
        text=shown,
        is_current=shown.hash == campaign.text,
        versions=versions,
        difference=difference,
        log_size=counts.log_size,
    )


def _compared(versions: list[TextVersion], text: str) -> tuple[str, str]:
    """Return the two versions that are compared: the current one with the last, another one with the current."""
    if not versions:
        return "", text  # the read models have not followed to the opening
    current = versions[-1]
    return (current.replaces, current.text) if text == current.text else (text, current.text)


@blueprint.get("/c/<ref>/count.json")
def count(ref: str) -> ResponseReturnValue:
    """Answer the count and the log size that it is of."""
    with pages().database.read() as connection:
        campaign = queries.campaign_by_ref(connection, ref)
        counts = queries.counts(connection, campaign.id)
    answer = jsonify(vars(counts) | {"state": campaign.state})
    answer.headers["Cache-Control"] = COUNT_LIFETIME
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _summary(campaign: CampaignView, heading: Heading, counts: Counts) -> dict[str, Any]:
    return {
        "ref": campaign.ref,
        "title": heading.title,
        "title_lang": heading.language,
        "title_dir": heading.direction,
        "summary": heading.summary,
        "campaign": campaign,
        "count": counts.active,
        "log_size": counts.log_size,
        "days_left": _days_left(campaign),
    }


def _days_left(campaign: CampaignView) -> int:
    return max(0, (date.fromisoformat(campaign.closes) - date.fromisoformat(pages().today())).days)
