"""Tallies: the read model of those that were published, and when each campaign's was last due.

No version before wrote a tally, so the new read model is right while it is empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")
FIGURES = ("at_size", "active", "outdated", "withdrawn", "invalidated", "merged", "erased")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "tally_tick",
        sa.Column("campaign", sa.Text, primary_key=True),
        sa.Column("tick", BigId, nullable=False),
    )
    op.create_table(
        "read_tally",
        sa.Column("campaign", sa.Text, primary_key=True, nullable=False),
        sa.Column("entry", BigId, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("day", sa.Text, nullable=False),
        *(sa.Column(name, BigId, nullable=False) for name in FIGURES),
        sa.Column("by_country", sa.Text, nullable=False),
    )
