"""News and who asked for it, the flood limit that all workers share, and the one reminder of a form.

No version before could post news, so their read model begins empty; of a log that holds some all the same,
`petition projections rebuild` makes it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables, and a column of forms with its index."""
    op.create_table(
        "read_news",
        sa.Column("campaign", sa.Text, primary_key=True, nullable=False),
        sa.Column("entry", BigId, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("campaign", sa.Text, nullable=False),
        sa.Column("finder", sa.Text, nullable=False, unique=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("waits", sa.Text, nullable=False),
        sa.Column("told", BigId, nullable=False),
        sa.Column("kek", sa.Integer, sa.ForeignKey("kek.number", name="subscriber_kek"), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_subscriber_campaign", "subscriber", ["campaign"])
    op.create_table(
        "mailed",
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("hours", sa.Text, nullable=False),
        sa.Column("newest", BigId, nullable=False),
    )
    op.create_index("ix_mailed_newest", "mailed", ["newest"])
    op.add_column("pending", sa.Column("reminder_hash", sa.Text, nullable=True))
    op.create_index("ix_pending_reminder_hash", "pending", ["reminder_hash"], unique=True)
