"""The text of a campaign as people read it: its current words in their language, earlier versions, the consent text."""

from __future__ import annotations

import json

import sqlalchemy as sa

from service.archive import documents
from service.campaigns.markdown import to_html
from service.campaigns.plain_words import direction_of
from service.campaigns.text_document import TextDocument, read_document
from service.campaigns.views import CampaignView, Heading, TextView
from service.errors import NotFound
from service.readmodel.tables import live
from service.store.tables import campaign_text, document

USABLE_FROM = 1  # persons who reviewed a translation before it is shown: docs/log_format.md section 7.2
SILENCED = "person"  # reason class for an appeal that the persons concerned had withdrawn
NO_TEXT = "There is no text with this hash."
REMOVED = "This text was taken down. Reason: {}."


def text_in(connection: sa.Connection, campaign: CampaignView, language: str) -> TextView:
    """Return the current text in a language, or the original where no reviewed translation of it stands.

    It never raises, so that nobody is kept from withdrawing: a text that was taken down is shown as the reason class.
    """
    if campaign.is_silenced:
        return _removed(campaign, SILENCED)
    found = {row["language"]: row for row in _texts(connection, campaign_text.c.campaign == campaign.id)}
    chosen = found.get(_shown_in(language, found, campaign))
    if chosen is not None and campaign.text not in (chosen["hash"], chosen["translates"]):
        chosen = None  # of an earlier text
    state, notice = (chosen["state"], chosen["notice"]) if chosen else ("", "")
    kept = documents.get(connection, chosen["hash"] if chosen else campaign.text)
    if kept.content is None:
        return _removed(campaign, str(kept.removed))
    return _parsed(read_document(kept.content), campaign.text, kept.hash, state=state, notice=notice)


def standing_text(connection: sa.Connection, campaign: CampaignView, language: str) -> TextView:
    """Return the current text in a language. :raises DocumentGone: with the reason class, if it was taken down."""
    found = text_in(connection, campaign, language)
    if found.removed:
        raise documents.DocumentGone(REMOVED.format(found.removed), reason=found.removed)
    return found


def headings(connection: sa.Connection, shown: list[CampaignView], language: str) -> dict[str, Heading]:
    """Return what lists show of campaigns, by campaign id; it is asked for all of them at once."""
    rows = _texts(connection, campaign_text.c.campaign.in_([one.id for one in shown]))
    found: dict[str, Heading] = {}
    for campaign in shown:
        texts = {row["language"]: row for row in rows if row["campaign"] == campaign.id}
        chosen = _shown_in(language, texts, campaign)
        title, summary = (campaign.settings[key].get(chosen, "") for key in ("title", "summary"))
        if campaign.is_silenced or (chosen in texts and texts[chosen]["removed"]):
            title, summary = campaign.ref, ""
        found[campaign.id] = Heading(chosen, direction_of(chosen), title, summary)
    return found


def text_by_hash(connection: sa.Connection, campaign: CampaignView, text: str) -> TextView:
    """Return a version of the campaign's text, or a published translation of one.

    :raises NotFound: if it is no public text of this campaign.
    :raises DocumentGone: with the reason class, if it was taken down.
    """
    refuse_silenced(campaign)
    chain = live.text_chain
    followed = connection.execute(sa.select(chain.c.text).where(chain.c.campaign == campaign.id)).scalars()
    versions = {campaign.text, *followed}
    kept = documents.get(connection, text)
    if not kept.public or (text not in versions and kept.media_type != documents.MARKDOWN):
        raise NotFound(NO_TEXT)
    parsed = read_document(kept.bytes())
    original = parsed.fields.get("translates", text)
    if original not in versions:
        raise NotFound(NO_TEXT)
    return _parsed(parsed, original, text, state="", notice="")


def refuse_silenced(campaign: CampaignView) -> None:
    """Refuse words of an appeal that the persons concerned had withdrawn. :raises DocumentGone: if they had."""
    if campaign.is_silenced:
        raise documents.DocumentGone(REMOVED.format(SILENCED), reason=SILENCED)


def consent_text(connection: sa.Connection, wording: str, language: str) -> str:
    """Return the consent text of a wording in a language, or in English where it has none."""
    consent: dict[str, str] = json.loads(documents.get(connection, wording).bytes())["consent"]
    return consent.get(language) or consent["en"]


def _texts(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[sa.RowMapping]:
    """Return texts and translations, each with the reason class if its document was taken down."""
    chosen = sa.select(campaign_text, document.c.removed).join(document, document.c.hash == campaign_text.c.hash)
    return list(connection.execute(chosen.where(campaign_text.c.kind == "text", condition)).mappings())


def _shown_in(language: str, texts: dict[str, sa.RowMapping], campaign: CampaignView) -> str:
    """Return the language itself if the current text stands in it, else the original's."""
    found, original = texts.get(language), str(campaign.settings["original"])
    if found is None or found["translates"] != campaign.text or found["removed"]:
        return original
    return language if found["reviewed"] >= USABLE_FROM else original


def _removed(campaign: CampaignView, reason: str) -> TextView:
    language = campaign.settings["original"]
    return TextView(
        language=language,
        direction=direction_of(language),
        title=campaign.ref,
        markdown="",
        html=f'<p lang="en" dir="ltr">{REMOVED.format(reason)}</p>',
        hash=campaign.text,
        document_hash=campaign.text,
        state="",
        notice="",
        is_original=True,
        removed=reason,
    )


def _parsed(parsed: TextDocument, original: str, shown: str, *, state: str, notice: str) -> TextView:
    return TextView(
        language=parsed.fields["language"],
        direction=parsed.fields["direction"],
        title=parsed.fields["title"],
        markdown=parsed.body,
        html=to_html(parsed.body),
        hash=original,
        document_hash=shown,
        state=state,
        notice=notice,
        is_original=original == shown,
    )
