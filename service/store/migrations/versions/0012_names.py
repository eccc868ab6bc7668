"""Annexes with names: who is in one, what opens its commitment, and the link by which it is fetched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Move the schema forward."""
    op.create_table(
        "letter_annex",
        sa.Column("letter", sa.Text, primary_key=True),
        sa.Column("campaign", sa.Text, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("settled", sa.Integer, nullable=False),
        sa.Column("kek", sa.Integer, sa.ForeignKey("kek.number", name="letter_annex_kek"), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "letter_name",
        sa.Column("letter", sa.Text, primary_key=True),
        sa.Column("signature", sa.Text, primary_key=True),
        sa.Column("campaign", sa.Text, nullable=False, index=True),
        sa.Column("entry", BigId, nullable=False),
        sa.Column("commitment", sa.Text, nullable=False),
        sa.Column("is_named", sa.Boolean, nullable=False),
    )
    op.create_index("letter_name_signature", "letter_name", ["signature"])
    _packages()


def _packages() -> None:
    op.create_table(
        "letter_package",
        sa.Column("letter", sa.Text, primary_key=True),
        sa.Column("campaign", sa.Text, nullable=False, index=True),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("named", sa.Integer, nullable=False),
        sa.Column("opened", sa.Integer, nullable=False),
        sa.Column("opened_at", BigId, nullable=False),
        sa.Column("locked", sa.Boolean, nullable=False),
        sa.Column("kek", sa.Integer, sa.ForeignKey("kek.number", name="letter_package_kek"), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "letter_erased",
        sa.Column("letter", sa.Text, primary_key=True),
        sa.Column("entry", BigId, primary_key=True, autoincrement=False),
        sa.Column("campaign", sa.Text, nullable=False, index=True),
        sa.Column("day", sa.Text, nullable=False),
    )
