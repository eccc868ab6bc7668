"""The texts that an appeal has had: how each led to the next, how many signed each, and the state of translations."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from service.campaigns.views import CampaignView
from service.readmodel.standing import corrections_of, leading_to
from service.readmodel.tables import live
from service.store.tables import campaign_text


@dataclass(frozen=True)
class TextVersion:
    """One text of an appeal, from an entry of the log on."""

    text: str
    replaces: str  # "" for the first one
    how: str  # opened corrected replaced
    entry: int
    day: str
    signed: int  # active signatures that name this text
    stand: int  # active signatures that stand for it: that name it, or one that leads to it by corrections alone
    is_current: bool


@dataclass(frozen=True)
class TranslationState:
    """The text in one more language."""

    language: str
    hash: str
    state: str  # machine draft reviewed counsel
    reviewed: int
    is_outdated: bool  # it translates an earlier text, and is not used


def text_versions(connection: sa.Connection, campaign: CampaignView) -> list[TextVersion]:
    """Return the texts of an appeal in order, with the counts of the log size that the read models have reached.

    A text that came back stands there twice, with the same counts.
    """
    chain, by_text = live.text_chain, live.text_count
    counted = sa.select(by_text.c.text, by_text.c.active).where(by_text.c.campaign == campaign.id)
    signed = {row.text: row.active for row in connection.execute(counted)}
    corrections = corrections_of(connection, live, campaign.id)
    chosen = sa.select(chain).where(chain.c.campaign == campaign.id).order_by(chain.c.entry)
    rows = connection.execute(chosen).mappings().all()
    return [
        TextVersion(
            **{name: row[name] for name in ("text", "replaces", "how", "entry", "day")},
            signed=signed.get(row["text"], 0),
            stand=sum(signed.get(text, 0) for text in {row["text"], *leading_to(row["text"], corrections)}),
            is_current=row is rows[-1],
        )
        for row in rows
    ]


def translation_states(connection: sa.Connection, campaign: CampaignView) -> list[TranslationState]:
    """Return the translations of an appeal's text by language; outdated ones are of an earlier text."""
    chosen = sa.select(campaign_text).where(
        campaign_text.c.campaign == campaign.id, campaign_text.c.kind == "text", campaign_text.c.translates != ""
    )
    rows = connection.execute(chosen.order_by(campaign_text.c.language)).mappings()
    return [
        TranslationState(
            **{name: row[name] for name in ("language", "hash", "state", "reviewed")},
            is_outdated=row["translates"] != campaign.text,
        )
        for row in rows
    ]
