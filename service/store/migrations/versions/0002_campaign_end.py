"""When and why a campaign ended stands in its row: sealing is due by it, and pages say it."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ENDS = ("campaign.closed", "campaign.withdrawn")


def upgrade() -> None:
    """Add the two columns and fill them from the log."""
    for name in ("ended", "end_reason"):
        op.add_column("campaign", sa.Column(name, sa.Text, nullable=False, server_default=""))
    connection = op.get_bind()
    ids = connection.execute(sa.text("SELECT id FROM campaign WHERE state IN ('closed', 'withdrawn')")).scalars().all()
    written = sa.text("UPDATE campaign SET ended = :ended, end_reason = :reason WHERE id = :id")
    for campaign_id in ids:
        ended, reason = _end_of(connection, campaign_id)
        connection.execute(written, {"ended": ended, "reason": reason, "id": campaign_id})


def _end_of(connection: sa.Connection, campaign_id: str) -> tuple[str, str]:
    """Return the day of the first ending since it was last open, and the reason of the newest."""
    stream = sa.text("SELECT topic, state FROM event WHERE stream = :id ORDER BY version")
    ended = reason = ""
    for topic, state in connection.execute(stream, {"id": campaign_id}):
        event = json.loads(bytes(state))
        if topic in ENDS:
            ended, reason = ended or event["day"], event["reason"]
        elif topic == "campaign.reopened":
            ended = reason = ""
    return ended, reason
