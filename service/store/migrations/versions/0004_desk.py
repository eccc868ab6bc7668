"""Accounts, requests of two people, the record of access, and who composed which letter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Move the schema forward."""
    _accounts()
    _requests()


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("roles", sa.Text, nullable=False, server_default=""),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("kek", sa.Integer, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("used_step", BigId, nullable=False, server_default="0"),
        sa.Column("failed", sa.Integer, nullable=False, server_default="0"),
        sa.Column("locked_until", BigId, nullable=False, server_default="0"),
        sa.Column("closed", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "recovery_code",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("hash", sa.Text, primary_key=True),
    )
    op.create_table(
        "founder",
        sa.Column("number", sa.Integer, sa.CheckConstraint("number IN (1, 2)"), primary_key=True, autoincrement=False),
        sa.Column("account", sa.Text, nullable=False, unique=True),
    )


def _requests() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", BigId, nullable=False),
        sa.Column("expires", BigId, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
        sa.Column("outcome", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint(
            "state <> 'done' OR (decided_by <> '' AND decided_by <> asked_by)", name="request_two_people"
        ),
    )
    op.create_table(
        "access_record",
        sa.Column("sequence", BigId, primary_key=True, autoincrement=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False, server_default=""),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("day", sa.Text, nullable=False, index=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "letter_composer",
        sa.Column("letter", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, nullable=False, index=True),
    )
