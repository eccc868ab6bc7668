"""Read models of campaigns: the state beside the counts, which text became which, and the published tallies."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.campaigns.events import (
    CampaignClosed,
    CampaignEvent,
    CampaignOpened,
    CampaignReopened,
    CampaignSealed,
    CampaignWithdrawn,
    TallyPublished,
    TextCorrected,
    TextReplaced,
)
from service.eventlog.base import Entry
from service.eventlog.canonical import canonical
from service.readmodel.tables import ReadTables

STATES: dict[type[CampaignEvent], str] = {
    CampaignClosed: "closed",
    CampaignReopened: "open",
    CampaignWithdrawn: "withdrawn",
    CampaignSealed: "sealed",
}


def apply(connection: sa.Connection, tables: ReadTables, entries: list[Entry], first_index: int) -> None:
    """Apply a page of entries; `first_index` is the leaf index of the first public one."""
    index = first_index
    for entry in entries:
        if isinstance(entry.event, CampaignEvent):
            _apply(connection, tables, entry.event, index)
        index += entry.is_public


def _apply(connection: sa.Connection, tables: ReadTables, event: CampaignEvent, index: int) -> None:
    counts, chain = tables.counts, tables.text_chain
    if (state := STATES.get(type(event))) is not None:
        connection.execute(sa.update(counts).where(counts.c.campaign == event.campaign).values(state=state))
    if isinstance(event, CampaignOpened):
        _begin(connection, chain, _version(event, index, event.text))
    if isinstance(event, TallyPublished):
        connection.execute(sa.insert(tables.tally).values(_told(event, index)))
    if isinstance(event, (TextCorrected, TextReplaced)):
        how = "corrected" if isinstance(event, TextCorrected) else "replaced"
        before = (chain.c.campaign == event.campaign) & (chain.c.text == event.replaces)
        connection.execute(sa.update(chain).where(before).values(replaced_by=event.text, how=how))
        _begin(connection, chain, _version(event, index, event.text))


def _begin(connection: sa.Connection, chain: sa.Table, version: dict[str, Any]) -> None:
    """Note the text that is current now; an earlier one may come back, and then its row begins anew."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(chain).values(version)
    connection.execute(row.on_conflict_do_update(index_elements=["campaign", "text"], set_=version))


def _version(event: CampaignEvent, index: int, text: str) -> dict[str, Any]:
    return {"campaign": event.campaign, "text": text, "replaced_by": "", "how": "", "entry": index, "day": event.day}


def _told(event: TallyPublished, index: int) -> dict[str, Any]:
    same = ("campaign", "day", "at_size", "active", "outdated", "withdrawn", "invalidated", "merged", "erased")
    by_country = canonical(event.by_country).decode()
    return {name: getattr(event, name) for name in same} | {"entry": index, "by_country": by_country}
