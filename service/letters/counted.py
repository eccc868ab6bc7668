"""What the log says at its present size about a campaign: counts, root, tally, register, all of one moment."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from service.campaigns.events import TallyPublished
from service.campaigns.queries import CampaignView, counts
from service.errors import Busy
from service.eventlog.catalogue import decode
from service.eventlog.merkle import root_of
from service.letters.annex import Figures, Row, tally_rows
from service.readmodel.tables import live
from service.store.tables import event

ROWS_AT_ONCE = 10_000


@dataclass(frozen=True)
class Counted:
    """A campaign's figures at a log size."""

    at_size: int
    root: str  # base64
    active: int
    rows: list[Row]  # of annex A
    tally: int | None  # index of the last tally below at_size


def count_at_present(connection: sa.Connection, campaign: CampaignView, annex: str) -> Counted:
    """Return what the log says at the size that the read models have reached; call inside one read transaction.

    :raises Busy: at risk, if a batch is only partly applied: a letter's size is the end of a batch.
    """
    if campaign.is_at_risk:
        _refuse_inside_a_batch(connection)
    found = counts(connection, campaign.id)
    tally = _last_tally(connection, campaign, found.log_size)
    if annex == "register":
        rows = _register(connection, campaign)
    elif tally is not None:
        told = tally[1]
        parts = (told.at_size, told.active, told.outdated, told.withdrawn, told.invalidated)
        rows = tally_rows(Figures(*parts, told.by_country, told.merged))
    else:
        rows = tally_rows(Figures(found.log_size, found.active, found.outdated, found.withdrawn, found.invalidated))
    return Counted(found.log_size, _root(connection, found.log_size), found.active, rows, tally[0] if tally else None)


def _refuse_inside_a_batch(connection: sa.Connection) -> None:
    newest = connection.execute(sa.select(sa.func.max(event.c.id))).scalar() or 0
    if connection.execute(sa.select(live.progress.c.position)).scalar() != newest:
        raise Busy("the read models are still following the log: compose the letter in a moment")


def _root(connection: sa.Connection, size: int) -> str:
    hashes = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
        sa.select(live.leaf.c.hash).where(live.leaf.c.leaf_index < size).order_by(live.leaf.c.leaf_index)
    )
    return base64.b64encode(root_of(bytes(hashed) for (hashed,) in hashes)).decode()


def _last_tally(connection: sa.Connection, campaign: CampaignView, size: int) -> tuple[int, TallyPublished] | None:
    rows = connection.execute(
        sa.select(live.leaf.c.leaf_index, event.c.topic, event.c.state, event.c.id)
        .join(live.leaf, live.leaf.c.position == event.c.id)
        .where(event.c.stream == campaign.id, event.c.topic == "tally.published", live.leaf.c.leaf_index < size)
        .order_by(event.c.id.desc())
        .limit(1)
    ).one_or_none()
    return (rows[0], cast(TallyPublished, decode(rows[1], bytes(rows[2]), rows[3]))) if rows else None


def _register(connection: sa.Connection, campaign: CampaignView) -> list[Row]:
    signed = live.signed
    found = connection.execute(
        sa.select(signed.c.entry, signed.c.id, signed.c.day)
        .where(
            signed.c.campaign == campaign.id,
            signed.c.state == "active",
            signed.c.text.in_(_standing(connection, campaign)),
        )
        .order_by(signed.c.entry)
    )
    return [(entry, signature, day) for entry, signature, day in found]


def _standing(connection: sa.Connection, campaign: CampaignView) -> set[str]:
    """Return the current text and the earlier ones that led to it by corrections alone."""
    chain = live.text_chain
    rows = connection.execute(
        sa.select(chain.c.text, chain.c.replaced_by).where(chain.c.campaign == campaign.id, chain.c.how == "corrected")
    )
    before = {replaced_by: text for text, replaced_by in rows}
    found = {campaign.text}
    text = campaign.text
    while (earlier := before.get(text)) is not None and earlier not in found:
        found.add(earlier)
        text = earlier
    return found
