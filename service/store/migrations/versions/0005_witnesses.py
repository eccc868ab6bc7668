"""Witnesses: the checkpoint that is shown apart from the one that is signed, and what contradicts this database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create three tables; what was shown until now, with the log's own signature, goes on being shown."""
    op.create_table(
        "shown",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("size", BigId, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "witness",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("size", BigId, nullable=False, server_default="0"),
        sa.Column("line", sa.Text, nullable=False, server_default=""),
        sa.Column("time", BigId, nullable=False, server_default="0"),
        sa.Column("again", BigId, nullable=False, server_default="0"),
        sa.Column("not_before", BigId, nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "contradiction",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("says", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO shown (id, size, root, note) SELECT id, size, root, note FROM checkpoint")
