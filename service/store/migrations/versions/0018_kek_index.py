"""SQLite finds by an index what is wrapped under an older key: no turn to write lasts as long as reading a table does."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the indexes on SQLite alone: on PostgreSQL nobody waits for the table to be read."""
    if op.get_context().dialect.name == "sqlite":
        for table in ("record", "pending", "subscriber"):
            op.create_index(f"ix_{table}_kek", table, ["kek"])
