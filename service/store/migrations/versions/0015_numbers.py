"""Numbers: the figures after each day and each invalidation replace the change by day.

All of it follows from the log: that the position is gone tells `petition prepare` to build the read models anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0012"

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables as they are filled from now on, and give up the position up to which the log was applied."""
    op.drop_table("read_growth")
    op.execute("DELETE FROM read_progress")
    op.add_column("read_counts", sa.Column("day", sa.Text, nullable=False, server_default=""))
    with op.batch_alter_table("read_counts") as counts:
        counts.alter_column("day", server_default=None)
    op.create_table(
        "read_history",
        sa.Column("campaign", sa.Text, primary_key=True, nullable=False),
        sa.Column("day", sa.Text, primary_key=True, nullable=False),
        *(sa.Column(name, BigId, nullable=False) for name in ("log_size", "active", "outdated", "withdrawn")),
        sa.Column("invalidated", BigId, nullable=False),
    )
    op.create_table(
        "read_batch",
        sa.Column("campaign", sa.Text, primary_key=True, nullable=False),
        sa.Column("batch", sa.Text, primary_key=True, nullable=False),
        sa.Column("entry", BigId, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        *(sa.Column(name, BigId, nullable=False) for name in ("hit", "reinstated", "withdrawn")),
    )
