"""What pages, letters and handlers ask about campaigns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from service.archive import documents
from service.campaigns.events import Rules
from service.campaigns.markdown import to_html
from service.campaigns.text_document import read_document
from service.errors import NotFound
from service.readmodel.tables import live
from service.store.tables import addressee as addressee_table
from service.store.tables import campaign as campaign_table
from service.store.tables import campaign_text

USABLE_FROM = 1  # persons who reviewed a translation before it is shown: docs/log_format.md section 7.2


@dataclass(frozen=True)
class CampaignView:
    """A campaign as its exact row has it."""

    number: int
    id: str
    ref: str
    state: str  # open closed withdrawn sealed
    text: str  # hash of the current text
    wording: str
    opens: str
    closes: str
    rules: Rules
    settings: dict[str, Any]

    @property
    def is_at_risk(self) -> bool:
        """Return whether signing may endanger people."""
        return self.rules.risk == "at-risk"

    @property
    def forgets(self) -> bool:
        """Return whether nothing is kept of who signed."""
        return self.rules.retention == "forget"

    def is_open_on(self, day: str) -> bool:
        """Return whether it takes signatures on a day (YYYY-MM-DD, UTC)."""
        return self.state == "open" and self.opens <= day <= self.closes


@dataclass(frozen=True)
class TextView:
    """A text in the language that it is shown in; ``html`` is safe to print."""

    language: str
    direction: str
    title: str
    markdown: str
    html: str
    hash: str  # of the original that it stands for
    document_hash: str  # of what is shown
    state: str  # machine draft reviewed counsel
    notice: str
    is_original: bool


@dataclass(frozen=True)
class Counts:
    """A campaign's figures at one log size."""

    active: int
    outdated: int
    withdrawn: int
    invalidated: int
    log_size: int


def campaign_by_ref(connection: sa.Connection, ref: str) -> CampaignView:
    """Return a campaign by the name in its addresses. :raises NotFound: if there is none."""
    return _one(connection, campaign_table.c.ref == ref)


def campaign_by_id(connection: sa.Connection, campaign_id: str) -> CampaignView:
    """Return a campaign by its id. :raises NotFound: if there is none."""
    return _one(connection, campaign_table.c.id == campaign_id)


def campaigns(connection: sa.Connection) -> list[CampaignView]:
    """Return all campaigns: open ones first, nearest deadline first, then the others, latest first."""
    found = [_view(row) for row in connection.execute(sa.select(campaign_table)).mappings()]
    still_open = sorted((c for c in found if c.state == "open"), key=lambda c: (c.closes, c.ref))
    ended = sorted((c for c in found if c.state != "open"), key=lambda c: (c.closes, c.ref), reverse=True)
    return still_open + ended


def text_in(connection: sa.Connection, campaign: CampaignView, language: str) -> TextView:
    """Return the current text in a language, or the original where no reviewed translation of it stands."""
    rows = connection.execute(
        sa.select(campaign_text).where(campaign_text.c.campaign == campaign.id, campaign_text.c.kind == "text")
    ).mappings()
    by_language = {row["language"]: row for row in rows}
    found = by_language.get(language)
    if found is None or not (found["hash"] == campaign.text or _is_usable(found, campaign.text)):
        found = next(row for row in by_language.values() if row["hash"] == campaign.text)
    return _text(connection, found, campaign.text)


def text_by_hash(connection: sa.Connection, campaign: CampaignView, text: str) -> TextView:
    """Return a version of the campaign's original text. :raises NotFound: if it is no text of this campaign."""
    document = documents.get(connection, text)
    parsed = read_document(document.bytes())
    if parsed.fields.get("ref") != campaign.ref or parsed.fields["format"] != "undersigned-text/1":
        raise NotFound
    return _parsed(parsed, text, text, state="", notice="")


def appeal_document(connection: sa.Connection, campaign: CampaignView) -> dict[str, Any]:
    """Return what else the page and the letters print: persons, timeline, legal bases, demands, sources."""
    found: dict[str, Any] = json.loads(documents.get(connection, campaign.settings["appeal"]).bytes())
    return found


def counts(connection: sa.Connection, campaign_id: str) -> Counts:
    """Return a campaign's figures and the log size they are of; read in one transaction they belong together."""
    log_size = connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0
    row = (
        connection.execute(sa.select(live.counts).where(live.counts.c.campaign == campaign_id)).mappings().one_or_none()
    )
    if row is None:
        return Counts(0, 0, 0, 0, log_size)
    return Counts(row["active"], row["outdated"], row["withdrawn"], row["invalidated"], log_size)


def growth(connection: sa.Connection, campaign_id: str) -> list[tuple[str, int]]:
    """Return for each day with changes how many signatures were active at its end."""
    chosen = sa.select(live.growth.c.day, live.growth.c.change).where(live.growth.c.campaign == campaign_id)
    total, found = 0, []
    for day, change in connection.execute(chosen.order_by(live.growth.c.day)):
        total += change
        found.append((day, total))
    return found


def addressees(connection: sa.Connection, campaign: CampaignView) -> list[dict[str, Any]]:
    """Return the offices that the campaign's letters go to: id, names by language, status."""
    rows = connection.execute(sa.select(addressee_table)).mappings()
    by_id = {row["id"]: row for row in rows}
    found = []
    for slug in campaign.settings["addressees"]:
        record = json.loads(documents.get(connection, by_id[slug]["hash"]).bytes())
        found.append({"id": slug, "name": record["name"], "status": by_id[slug]["status"]})
    return found


def consent_text(connection: sa.Connection, wording: str, language: str) -> str:
    """Return the consent text of a wording in a language, or in English where it has none."""
    consent: dict[str, str] = json.loads(documents.get(connection, wording).bytes())["consent"]
    return consent.get(language) or consent["en"]


def _is_usable(row: sa.RowMapping, text: str) -> bool:
    return bool(row["translates"] == text and row["reviewed"] >= USABLE_FROM)


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> CampaignView:
    row = connection.execute(sa.select(campaign_table).where(condition)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such appeal here.")
    return _view(row)


def _view(row: sa.RowMapping) -> CampaignView:
    return CampaignView(
        number=row["number"],
        id=row["id"],
        ref=row["ref"],
        state=row["state"],
        text=row["text"],
        wording=row["wording"],
        opens=row["opens"],
        closes=row["closes"],
        rules=msgspec.json.decode(row["rules"], type=Rules),
        settings=json.loads(row["settings"]),
    )


def _text(connection: sa.Connection, row: sa.RowMapping, original: str) -> TextView:
    parsed = read_document(documents.get(connection, row["hash"]).bytes())
    return _parsed(parsed, original, row["hash"], state=row["state"], notice=row["notice"])


def _parsed(parsed: Any, original: str, shown: str, *, state: str, notice: str) -> TextView:
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
