"""Letters under way: their messages, sealed evidence, drafts that milestones raised, and counts of delivery reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Move the schema forward."""
    _deliveries()
    _evidence()
    _drafts()


def _deliveries() -> None:
    op.create_table(
        "letter_delivery",
        sa.Column("letter", sa.Text, primary_key=True),
        sa.Column("approval", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("addressee", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False, unique=True),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("claim", sa.Text, nullable=False, server_default=""),
        sa.Column("queued_by", sa.Text, nullable=False),
        sa.Column("queued_at", BigId, nullable=False),
        sa.Column("due", BigId, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("went_at", BigId, nullable=False, server_default="0"),
    )
    op.create_index("ix_letter_delivery_addressee", "letter_delivery", ["addressee"])
    op.create_index("ix_letter_delivery_mark", "letter_delivery", ["mark"])


def _evidence() -> None:
    op.create_table(
        "letter_evidence",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("letter", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("kek", sa.Integer, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_letter_evidence_letter", "letter_evidence", ["letter"])


def _drafts() -> None:
    op.create_table(
        "letter_draft",
        sa.Column("campaign", sa.Text, primary_key=True),
        sa.Column("milestone", sa.Text, primary_key=True),
        sa.Column("slot", sa.Text, primary_key=True),
        sa.Column("occasion", sa.Text, primary_key=True),
        sa.Column("letter", sa.Text, nullable=False, unique=True),
        sa.Column("at_size", BigId, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
    )
    op.create_table(
        "report_count",
        sa.Column("outcome", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
