"""What an operator stopped for an appeal, signing or mail; and an index for the form behind a supporter's own page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table; of one kind only one pause of an appeal lasts. Own pages find their form by its signature."""
    op.create_index("ix_pending_signature", "pending", ["signature"])
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "pause",
        sa.Column("number", number, primary_key=True, autoincrement=True),
        sa.Column("campaign", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("paused_by", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False, server_default=""),
        sa.Column("resumed_by", sa.Text, nullable=False, server_default=""),
    )
    lasts = sa.text("until = ''")
    op.create_index(
        "pause_lasting", "pause", ["campaign", "what"], unique=True, sqlite_where=lasts, postgresql_where=lasts
    )
