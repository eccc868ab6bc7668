"""Read models of campaigns: the state beside the counts, which text became which, and the published tallies."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from service.campaigns.events import (
    CampaignClosed,
    CampaignEvent,
    CampaignOpened,
    CampaignReopened,
    CampaignSealed,
    CampaignWithdrawn,
    OutcomeRecorded,
    TallyPublished,
    TextCorrected,
    TextReplaced,
    UpdatePosted,
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
HOW: dict[type[CampaignEvent], str] = {CampaignOpened: "opened", TextCorrected: "corrected", TextReplaced: "replaced"}


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
    if isinstance(event, TallyPublished):
        connection.execute(sa.insert(tables.tally).values(_told(event, index)))
    if isinstance(event, (UpdatePosted, OutcomeRecorded, CampaignReopened)):
        connection.execute(sa.insert(tables.news).values(_news(event, index)))
    if isinstance(event, (CampaignOpened, TextCorrected, TextReplaced)):
        connection.execute(sa.insert(chain).values(_version(event, index)))


def _version(event: CampaignOpened | TextCorrected | TextReplaced, index: int) -> dict[str, Any]:
    """Return the text that is current from this entry on; an earlier one may come back, as a version of its own."""
    replaces = "" if isinstance(event, CampaignOpened) else event.replaces
    how = HOW[type(event)]
    return {
        "campaign": event.campaign, "entry": index, "text": event.text, "replaces": replaces, "how": how,
        "day": event.day,
    }  # fmt: skip


def _told(event: TallyPublished, index: int) -> dict[str, Any]:
    same = ("campaign", "day", "at_size", "active", "outdated", "withdrawn", "invalidated", "merged", "erased")
    by_country = canonical(event.by_country).decode()
    return {name: getattr(event, name) for name in same} | {"entry": index, "by_country": by_country}


def _news(event: UpdatePosted | OutcomeRecorded | CampaignReopened, index: int) -> dict[str, Any]:
    told = {"campaign": event.campaign, "entry": index, "day": event.day, "document": "", "outcome": ""}
    match event:
        case UpdatePosted():
            return told | {"kind": "update", "document": event.document}
        case OutcomeRecorded():
            return told | {"kind": "outcome", "document": event.document, "outcome": event.outcome}
        case CampaignReopened():
            return told | {"kind": "reopened"}
