"""The exact row of a campaign, which commands decide by; pages read it through `queries`."""

from __future__ import annotations

import sqlalchemy as sa

from service.errors import NotFound
from service.store.tables import campaign


def exact_row(connection: sa.Connection, ref: str) -> sa.RowMapping:
    """Return a campaign's row. :raises NotFound: if no appeal of this name was opened."""
    row = connection.execute(sa.select(campaign).where(campaign.c.ref == ref)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no open or closed appeal {ref!r}. `petition campaign list` shows all.")
    return row
