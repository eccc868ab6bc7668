"""Key-encryption keys by number: what is wrapped names one that is alive, so none is given up while a row needs it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WRAPPED = ("campaign_key", "pending", "record", "account", "letter_evidence", "audit_sample")


def upgrade() -> None:
    """Create the table with the numbers in use, and bind the rows to it. When such a key was made is not known: 0."""
    op.create_table(
        "kek",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("since", BigId, nullable=False),
    )
    used = " UNION ".join(f"SELECT kek FROM {name} WHERE kek IS NOT NULL" for name in WRAPPED)
    op.execute(f"INSERT INTO kek (number, since) SELECT kek, 0 FROM ({used} UNION SELECT 1) AS used")
    for name in WRAPPED:
        with op.batch_alter_table(name) as batch:
            batch.create_foreign_key(f"{name}_kek", "kek", ["kek"], ["number"])
