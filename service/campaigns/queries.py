"""What pages, letters and handlers ask about campaigns."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from service.archive import documents
from service.campaigns.difference import Difference, text_difference
from service.campaigns.events import Rules
from service.campaigns.news import NewsView, newest_entry, news_of
from service.campaigns.texts import consent_text, headings, refuse_silenced, standing_text, text_by_hash, text_in
from service.campaigns.versions import TextVersion, text_versions
from service.campaigns.views import CampaignView, Counts, DayFigures, Heading, People, TallyView, TextView
from service.errors import NotFound
from service.readmodel.tables import live
from service.store.tables import addressee as addressee_table
from service.store.tables import campaign as campaign_table
from service.store.tables import document, pause

__all__ = [  # the door of this slice: other rooms import from here alone
    "CAMPAIGN_COLUMNS", "CampaignView", "Counts", "DayFigures", "Difference", "Heading", "NewsView", "People",
    "TallyView", "TextVersion", "TextView", "addressees", "all_counts", "appeal_document", "campaign_by_id",
    "campaign_by_ref", "campaign_of", "campaigns", "consent_text", "counts", "headings", "history", "last_tally",
    "newest_entry", "news_of", "refuse_silenced", "standing_text", "text_by_hash", "text_difference", "text_in",
    "text_versions",
]  # fmt: skip
# Written out, not bound: SQLite plans anew at each binding of a value that decides whether a partial index will do.
_LASTING_STOP = (pause.c.what == sa.literal_column("'signing'"), pause.c.until == sa.literal_column("''"))
_PAUSED = sa.exists().where(pause.c.campaign == campaign_table.c.id, *_LASTING_STOP)
CAMPAIGN_COLUMNS = (*campaign_table.c, _PAUSED.label("signing_is_paused"))  # what `campaign_of` reads
_ROWS = sa.select(*CAMPAIGN_COLUMNS)
REF = re.compile(r"[a-z0-9-]{2,32}")
NO_APPEAL = "There is no such appeal here."


def campaign_by_ref(connection: sa.Connection, ref: str) -> CampaignView:
    """Return a campaign by the name in its addresses. :raises NotFound: if there is none."""
    if not REF.fullmatch(ref):  # no such name; and PostgreSQL takes no NUL
        raise NotFound(NO_APPEAL)
    return _one(connection, campaign_table.c.ref == ref)


def campaign_by_id(connection: sa.Connection, campaign_id: str) -> CampaignView:
    """Return a campaign by its id. :raises NotFound: if there is none."""
    return _one(connection, campaign_table.c.id == campaign_id)


def campaign_of(values: Sequence[Any]) -> CampaignView:
    """Return a campaign from the values of `CAMPAIGN_COLUMNS`, for who joins them to a question of their own."""
    return _view(*values)


def campaigns(connection: sa.Connection) -> list[CampaignView]:
    """Return all campaigns: open ones first, nearest deadline first, then the others, latest first."""
    found = [_view(*row) for row in connection.execute(_ROWS)]
    still_open = sorted((c for c in found if c.state == "open"), key=lambda c: (c.closes, c.ref))
    ended = sorted((c for c in found if c.state != "open"), key=lambda c: (c.closes, c.ref), reverse=True)
    return still_open + ended


def appeal_document(connection: sa.Connection, campaign: CampaignView) -> dict[str, Any]:
    """Return what else the page and the letters print: persons, timeline, legal bases, demands, sources."""
    found: dict[str, Any] = json.loads(documents.get(connection, campaign.settings["appeal"]).bytes())
    return found


def counts(connection: sa.Connection, campaign_id: str) -> Counts:
    """Return a campaign's figures and the log size they are of; read in one transaction they belong together."""
    return all_counts(connection, [campaign_id])[campaign_id]


def all_counts(connection: sa.Connection, campaign_ids: list[str]) -> dict[str, Counts]:
    """Return the figures of several campaigns by id, all of one log size."""
    log_size = connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0
    rows = connection.execute(sa.select(live.counts).where(live.counts.c.campaign.in_(campaign_ids))).mappings()
    found = dict.fromkeys(campaign_ids, Counts(0, 0, 0, 0, log_size))
    for row in rows:
        figures = (row["active"], row["outdated"], row["withdrawn"], row["invalidated"])
        found[row["campaign"]] = Counts(*figures, log_size)
    return found


def history(connection: sa.Connection, campaign_id: str) -> list[DayFigures]:
    """Return a campaign's figures after the last change of each day that had one, oldest first."""
    chosen = sa.select(live.history).where(live.history.c.campaign == campaign_id).order_by(live.history.c.day)
    rows = connection.execute(chosen).mappings()
    return [DayFigures(**{name: value for name, value in row.items() if name != "campaign"}) for row in rows]


def last_tally(connection: sa.Connection, campaign_id: str) -> TallyView | None:
    """Return a campaign's last tally among the entries that the read models have reached, or nothing."""
    chosen = sa.select(live.tally).where(live.tally.c.campaign == campaign_id).order_by(live.tally.c.entry.desc())
    row = connection.execute(chosen.limit(1)).mappings().one_or_none()
    if row is None:
        return None
    told = {name: value for name, value in row.items() if name != "campaign"}
    return TallyView(**told | {"by_country": json.loads(row["by_country"])})


def addressees(connection: sa.Connection, campaign: CampaignView) -> list[dict[str, Any]]:
    """Return the offices that the campaign's letters go to: id, names by language, status.

    An office whose record was taken down stands there by its id.
    """
    slugs = campaign.settings["addressees"]
    chosen = sa.select(addressee_table, document.c.content).join(document, document.c.hash == addressee_table.c.hash)
    rows = connection.execute(chosen.where(addressee_table.c.id.in_(slugs))).mappings()
    by_id = {row["id"]: row for row in rows}
    return [
        {"id": slug, "name": _name_of(by_id[slug]), "status": by_id[slug]["status"]} for slug in slugs if slug in by_id
    ]


def _name_of(row: sa.RowMapping) -> Any:
    return row["id"] if row["content"] is None else json.loads(row["content"])["name"]


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> CampaignView:
    row = connection.execute(_ROWS.where(condition)).one_or_none()
    if row is None:
        raise NotFound(NO_APPEAL)
    return _view(*row)


@lru_cache(maxsize=64)  # by all values of the row, so that it is never old: only its JSON is not read again
def _view(*values: Any) -> CampaignView:
    row = dict(zip((column.name for column in CAMPAIGN_COLUMNS), values, strict=True))
    return CampaignView(
        number=row["number"],
        id=row["id"],
        ref=row["ref"],
        state=row["state"],
        text=row["text"],
        carried=frozenset(json.loads(row["carried"])),
        replaced=row["replaced"],
        wording=row["wording"],
        opens=row["opens"],
        closes=row["closes"],
        ended=row["ended"],
        end_reason=row["end_reason"],
        rules=msgspec.json.decode(row["rules"], type=Rules),
        settings=json.loads(row["settings"]),
        signing_is_paused=bool(row["signing_is_paused"]),
    )
