"""The exact row of a campaign, which commands decide by; pages read it through `queries`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.campaigns.aggregate import Campaign
from service.campaigns.end_days import SEALED_AFTER_DAYS
from service.clock import day_of
from service.errors import NotFound
from service.readmodel.standing import leading_to
from service.store.tables import campaign

_FOLLOWED = ("state", "text", "replaced", "closes", "ended", "end_reason")  # columns that events of it change


def followed(state: Campaign) -> dict[str, Any]:
    """Return what of a campaign's row its events change."""
    carried = sorted(leading_to(state.text, state.corrections))
    row = {name: getattr(state, name) for name in _FOLLOWED} | {"carried": json.dumps(carried)}
    return row | ({"wording": state.wordings[-1]} if state.wordings else {})


def exact_row(connection: sa.Connection, ref: str) -> sa.RowMapping:
    """Return a campaign's row. :raises NotFound: if no appeal of this name was opened."""
    row = connection.execute(sa.select(campaign).where(campaign.c.ref == ref)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no open or closed appeal {ref!r}. `petition campaign list` shows all.")
    return row


def due_for_sealing(connection: sa.Connection, now: datetime, late_days: int = 0) -> list[str]:
    """Return the appeals that ended 30 days and `late_days` ago or earlier and are not sealed, by name."""
    last = day_of(now - timedelta(days=SEALED_AFTER_DAYS + late_days))
    ended = campaign.c.state.in_(("closed", "withdrawn")) & (campaign.c.ended <= last)
    return list(connection.scalars(sa.select(campaign.c.ref).where(ended).order_by(campaign.c.ref)))
