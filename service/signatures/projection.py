"""Read models of signatures: each as the log has it, counts per campaign now and by day, and each invalidation.

Maintains what campaign events change in the counts too, because outdated is a matter of signatures: whenever the text
changes, all active ones are parted anew by the text that each names (docs/log_format.md section 7.3). One that comes
back has its signers again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.campaigns.events import CampaignOpened, TextCorrected, TextReplaced
from service.eventlog.base import Entry
from service.readmodel.standing import corrections_of, leading_to
from service.readmodel.tables import ReadTables
from service.signatures.events import (
    SignatureEvent,
    SignatureInvalidated,
    SignatureRecorded,
    SignatureReinstated,
    SignatureRenewed,
    SignatureWithdrawn,
)

FIGURES = ("active", "outdated", "withdrawn", "invalidated")
IDS_MAX = 500  # ids in one SELECT: SQLite takes 32,766 parameters, plans are best short


@dataclass
class _Page:
    """What a page of entries changes, gathered before it is written."""

    signed: dict[str, dict[str, Any]]
    counts: dict[str, dict[str, Any]]
    corrections: dict[str, set[tuple[str, str]]]
    before: dict[tuple[str, str], int]  # by campaign and text, before the page: of campaigns whose text it changes
    texts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    history: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)  # by campaign and day
    batches: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # by campaign and batch: what is added
    touched: set[str] = field(default_factory=set)


def apply(connection: sa.Connection, tables: ReadTables, entries: list[Entry], first_index: int) -> None:
    """Apply a page of entries; `first_index` is the leaf index of the first public one."""
    page = _load(connection, tables, entries)
    index = first_index
    for entry in entries:
        event = entry.event
        if isinstance(event, SignatureEvent):
            _signature(page, event, index)
            _note_day(page, event, index)
        elif isinstance(event, (CampaignOpened, TextCorrected, TextReplaced)):
            _campaign(page, event)
            _note_day(page, event, index)
        index += entry.is_public
    _store(connection, tables, page)


def _signature(page: _Page, event: SignatureEvent, index: int) -> None:
    before = page.signed.get(event.signature)
    after = dict(before) if before else _none(event)
    match event:
        case SignatureRecorded() | SignatureRenewed():
            after |= {
                "state": "active",
                "text": event.text,
                "entry": index,
                "day": event.day,
                "reason": "",
                "batch": "",
            }
        case SignatureWithdrawn():
            if after["state"] == "invalidated":
                _batch(page, event, after["batch"], index)["withdrawn"] += 1
            after |= {"state": "withdrawn"}
        case SignatureInvalidated():
            after |= {"state": "invalidated", "reason": event.reason, "batch": event.batch}
            _batch(page, event, event.batch, index, event.reason)["hit"] += 1
        case SignatureReinstated():
            after |= {"state": "active", "reason": "", "batch": ""}
            _batch(page, event, event.batch, index)["reinstated"] += 1
    page.signed[event.signature] = after
    page.touched.add(event.signature)
    counts = page.counts[event.campaign]
    for row, step in ((before, -1), (after, 1)):
        if row is not None and row["state"] != "none":
            _count(page, counts, row, step)


def _batch(page: _Page, event: SignatureEvent, batch: str, index: int, reason: str = "") -> dict[str, Any]:
    """Return what the page adds to an invalidation; where it is new, it begins with this entry."""
    return page.batches.setdefault(
        (event.campaign, batch),
        {"entry": index, "day": event.day, "reason": reason, "hit": 0, "reinstated": 0, "withdrawn": 0},
    )


def _note_day(page: _Page, event: SignatureEvent | CampaignOpened | TextCorrected | TextReplaced, index: int) -> None:
    """Keep the figures as they are after this entry, for the newest day that the campaign's entries have named.

    At risk they are appended in batches, so no row is of a moment inside one.
    """
    counts = page.counts[event.campaign]
    counts["day"] = max(counts["day"], event.day)
    page.history[event.campaign, counts["day"]] = (index + 1, *(counts[name] for name in FIGURES))


def _none(event: SignatureEvent) -> dict[str, Any]:
    return {
        "id": event.signature, "campaign": event.campaign, "state": "none", "text": "", "entry": 0, "day": "",
        "reason": "", "batch": "",
    }  # fmt: skip


def _count(page: _Page, counts: dict[str, Any], row: dict[str, Any], step: int) -> None:
    if row["state"] == "active":
        page.texts[row["campaign"], row["text"]] += step
        stands = row["text"] in counts["standing"]
        counts["active" if stands else "outdated"] += step
    else:
        counts[row["state"]] += step


def _campaign(page: _Page, event: CampaignOpened | TextCorrected | TextReplaced) -> None:
    if isinstance(event, CampaignOpened):
        page.counts[event.campaign] = _zero(event.campaign, event.text)
        return
    counts = page.counts[event.campaign]
    total = counts["active"] + counts["outdated"]
    if isinstance(event, TextCorrected):
        page.corrections[event.campaign].add((event.replaces, event.text))
    counts["current_text"] = event.text
    counts["standing"] = {event.text, *leading_to(event.text, page.corrections[event.campaign])}
    keys = [(event.campaign, text) for text in counts["standing"]]
    counts["active"] = sum(page.before.get(key, 0) + page.texts.get(key, 0) for key in keys)
    counts["outdated"] = total - counts["active"]


def _zero(campaign: str, text: str) -> dict[str, Any]:
    return {
        "campaign": campaign, "active": 0, "outdated": 0, "withdrawn": 0, "invalidated": 0, "current_text": text,
        "state": "open", "day": "", "standing": {text},
    }  # fmt: skip


def _load(connection: sa.Connection, tables: ReadTables, entries: list[Entry]) -> _Page:
    events = [entry.event for entry in entries]
    ids = sorted({event.signature for event in events if isinstance(event, SignatureEvent)})
    signed: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), IDS_MAX):
        chosen = sa.select(tables.signed).where(tables.signed.c.id.in_(ids[start : start + IDS_MAX]))
        signed |= {row["id"]: dict(row) for row in connection.execute(chosen).mappings()}
    counts = {row["campaign"]: dict(row) for row in connection.execute(sa.select(tables.counts)).mappings()}
    corrections: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for campaign, row in counts.items():
        corrections[campaign] = corrections_of(connection, tables, campaign)
        row["standing"] = {row["current_text"], *leading_to(row["current_text"], corrections[campaign])}
    return _Page(signed, counts, corrections, _by_text(connection, tables, events))


def _by_text(connection: sa.Connection, tables: ReadTables, events: list[Any]) -> dict[tuple[str, str], int]:
    changed = sorted({event.campaign for event in events if isinstance(event, (TextCorrected, TextReplaced))})
    if not changed:
        return {}
    by_text = tables.text_count
    rows = connection.execute(sa.select(by_text).where(by_text.c.campaign.in_(changed)))
    return {(row.campaign, row.text): row.active for row in rows}


def _store(connection: sa.Connection, tables: ReadTables, page: _Page) -> None:
    _upsert(connection, tables.signed, [page.signed[one] for one in sorted(page.touched)])
    rows = [{k: v for k, v in row.items() if k != "standing"} for row in page.counts.values()]
    _upsert(connection, tables.counts, rows)
    # a step of 0 makes a row as well: whether there is one must not depend on how many events came at once
    texts = [{"campaign": one, "text": text, "active": step} for (one, text), step in page.texts.items()]
    _add(connection, tables.text_count, ("active",), texts)
    names = ("campaign", "day", "log_size", *FIGURES)
    _upsert(connection, tables.history, [dict(zip(names, (*k, *v), strict=True)) for k, v in page.history.items()])
    batches = [{"campaign": one, "batch": batch} | added for (one, batch), added in page.batches.items()]
    _add(connection, tables.batch, ("hit", "reinstated", "withdrawn"), batches)


def _dialect_insert(connection: sa.Connection, table: sa.Table) -> Any:
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def _upsert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = _dialect_insert(connection, table)
    changed = {c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed), rows)


def _add(connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    """Insert rows, or add to these columns of those that are there."""
    if not rows:
        return
    statement = _dialect_insert(connection, table)
    added = {name: table.c[name] + statement.excluded[name] for name in columns}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=added), rows)
