"""Who wrote a text or a letter's wording. Of texts that are there already nobody is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Create the table with its index."""
    op.create_table(
        "text_writer",
        sa.Column("document", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, nullable=False),
    )
    op.create_index("ix_text_writer_day", "text_writer", ["day"])
