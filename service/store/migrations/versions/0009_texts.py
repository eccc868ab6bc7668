"""Texts: each version of a campaign's text keeps its entry, what stands for the current one, and who was asked to renew.

No version before could change a text, so each campaign has the one text that it opened with.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the read model of texts anew from what it held, two columns of campaigns, and the table of renewals."""
    op.add_column("campaign", sa.Column("carried", sa.Text, nullable=False, server_default="[]"))
    op.add_column("campaign", sa.Column("replaced", sa.Integer, nullable=False, server_default="0"))
    op.rename_table("read_text_chain", "old_text_chain")
    op.create_table(
        "read_text_chain",
        sa.Column("campaign", sa.Text, primary_key=True, nullable=False),
        sa.Column("entry", BigId, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("replaces", sa.Text, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
    )
    op.execute(
        "INSERT INTO read_text_chain (campaign, entry, text, replaces, how, day) "
        "SELECT campaign, entry, text, '', 'opened', day FROM old_text_chain"
    )
    op.drop_table("old_text_chain")
    op.create_table(
        "renewal",
        sa.Column("signature", sa.Text, primary_key=True),
        sa.Column("replaced", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("way", sa.Text, primary_key=True),
        sa.Column("campaign", sa.Text, nullable=False),
        sa.Column("pending", sa.Text, nullable=False, unique=True),
    )
    op.create_index("ix_renewal_campaign", "renewal", ["campaign"])
