"""What the log says at its present size about a campaign: counts, root, tally, register, all of one moment."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import sqlalchemy as sa

from service.campaigns.queries import CampaignView, counts, last_tally
from service.errors import Busy
from service.eventlog.merkle import root_of
from service.letters.annex import Figures, Row, tally_rows
from service.readmodel.standing import corrected_into
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
    tally = last_tally(connection, campaign.id)
    if annex == "register":
        rows = _register(connection, campaign)
    elif tally is not None:
        parts = (tally.at_size, tally.active, tally.outdated, tally.withdrawn, tally.invalidated)
        rows = tally_rows(Figures(*parts, tally.by_country, tally.merged))
    else:
        rows = tally_rows(Figures(found.log_size, found.active, found.outdated, found.withdrawn, found.invalidated))
    return Counted(
        found.log_size, _root(connection, found.log_size), found.active, rows, tally.entry if tally else None
    )


def _refuse_inside_a_batch(connection: sa.Connection) -> None:
    newest = connection.execute(sa.select(sa.func.max(event.c.id))).scalar() or 0
    if connection.execute(sa.select(live.progress.c.position)).scalar() != newest:
        raise Busy("the read models are still following the log: compose the letter in a moment")


def _root(connection: sa.Connection, size: int) -> str:
    hashes = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
        sa.select(live.leaf.c.hash).where(live.leaf.c.leaf_index < size).order_by(live.leaf.c.leaf_index)
    )
    return base64.b64encode(root_of(bytes(hashed) for (hashed,) in hashes)).decode()


def _register(connection: sa.Connection, campaign: CampaignView) -> list[Row]:
    signed = live.signed
    found = connection.execute(
        sa.select(signed.c.entry, signed.c.id, signed.c.day)
        .where(
            signed.c.campaign == campaign.id,
            signed.c.state == "active",
            signed.c.text.in_({campaign.text, *corrected_into(connection, live, campaign.id, campaign.text)}),
        )
        .order_by(signed.c.entry)
    )
    return [(entry, signature, day) for entry, signature, day in found]
