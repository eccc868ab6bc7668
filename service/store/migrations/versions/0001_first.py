"""The first schema: all tables as declared in version 0.1."""

from __future__ import annotations

from alembic import op

import service.readmodel.tables  # noqa: F401  (declares the read models beside the rest)
from service.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    metadata.create_all(op.get_bind())
