"""What the database holds behind a supporter's own page: one question, so that all of it is of one moment."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.campaigns.queries import CAMPAIGN_COLUMNS, CampaignView, campaign_of
from service.errors import LinkUnknown
from service.eventlog.events import LOG_STREAM
from service.readmodel.tables import live
from service.signatures.aggregate import Signature
from service.signatures.rows import token_hash
from service.store.prepared import Prepared
from service.store.tables import campaign, event, log_head, mine, pending, record
from service.store.tables import signature as signature_table

_LOG_VERSION = sa.select(sa.func.max(event.c.version)).where(event.c.stream == LOG_STREAM).scalar_subquery()
_PARTS: dict[str, tuple[sa.ColumnElement[Any], ...]] = {
    "mine": (mine.c.signature, mine.c.kept_opening.is_not(None)),
    "signature": tuple(signature_table.c),
    "signed": (live.signed.c.entry, live.signed.c.text, live.signed.c.state, live.signed.c.reason),
    "record": tuple(record.c),
    "form": (pending.c.promise_by, pending.c.promise_leaf, pending.c.outcome),
    "campaign": CAMPAIGN_COLUMNS,
    "log": (
        sa.select(live.progress.c.log_size).scalar_subquery(),
        _LOG_VERSION,
        sa.select(log_head.c.newest_day).scalar_subquery(),
    ),
}
_ENDS = tuple(itertools.accumulate(map(len, _PARTS.values())))
_PLACES = {part: slice(end - len(_PARTS[part]), end) for part, end in zip(_PARTS, _ENDS, strict=True)}
_RECORD = tuple(column.name for column in record.c)
QUESTION = Prepared(
    sa.select(*(one.label(f"{part}_{i}") for part, columns in _PARTS.items() for i, one in enumerate(columns)))
    .select_from(mine)
    .join(campaign, campaign.c.id == mine.c.campaign)
    .outerjoin(signature_table, signature_table.c.id == mine.c.signature)
    .outerjoin(live.signed, live.signed.c.id == mine.c.signature)
    .outerjoin(record, record.c.signature == mine.c.signature)
    .outerjoin(pending, pending.c.signature == mine.c.signature)
    .where(mine.c.token_hash == sa.bindparam("of"))
)


@dataclass(frozen=True)
class OwnRows:
    """The rows of a supporter's own page."""

    signature: Signature
    campaign: CampaignView
    has_kept_opening: bool
    entry: int | None  # in the log, of the text that it names now; none while it waits
    reason: str  # why it was found to be false, once the log says so; "" otherwise
    record: dict[str, Any] | None
    forms: list[tuple[int | None, bytes | None, str | None]]  # what its links promised, and what became of them
    log_size: int
    keys_since: tuple[int, str]  # what the log's keys in use depend on: version of its own stream, newest day


def own_rows(connection: sa.Connection, mine_token: str) -> OwnRows:
    """Return what is behind a supporter's own page. :raises LinkUnknown: if it is unknown or erased."""
    found = QUESTION.rows(connection, of=token_hash(mine_token))
    if not found:
        raise LinkUnknown
    parts = _split(found[0])
    (signature_id, has_kept_opening), signed, kept = parts["mine"], parts["signed"], parts["record"]
    state = Signature(*parts["signature"]) if parts["signature"][0] else Signature(signature_id, "")
    log_size, version, day = parts["log"]
    return OwnRows(
        signature=state,
        campaign=campaign_of(parts["campaign"]),
        has_kept_opening=bool(has_kept_opening),
        entry=signed[0] if signed[1] == state.text else None,  # else it waits anew
        reason=signed[3] if (signed[2], state.state) == ("invalidated",) * 2 else "",
        record=dict(zip(_RECORD, kept, strict=True)) if kept[0] else None,
        forms=[row[_PLACES["form"]] for row in found],
        log_size=log_size or 0,
        keys_since=(version or 0, day or ""),
    )


def _split(row: tuple[Any, ...]) -> dict[str, tuple[Any, ...]]:
    return {part: row[place] for part, place in _PLACES.items()}
