"""The name of the state that public pages show: while it stays the same, so do they."""

from __future__ import annotations

import sqlalchemy as sa

_NAME = sa.text(
    "SELECT (SELECT max(id) FROM event), (SELECT max(position) FROM read_progress), "
    "(SELECT max(size) FROM shown), (SELECT count(*) FROM campaign_text), "
    "(SELECT sum(reviewed) FROM campaign_text), (SELECT count(*) FROM pause), "
    "(SELECT count(*) FROM pause WHERE until = '')"
)


def public_version(connection: sa.Connection, today: str) -> tuple[object, ...]:
    """Return what changes whenever a public page may: the log, what is counted and published, the texts, the day."""
    return today, *connection.execute(_NAME).one()
