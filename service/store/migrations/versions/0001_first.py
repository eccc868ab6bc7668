"""The first schema, as version 0.1 declared it. It is history: a change of a table is a step of its own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

tables = sa.MetaData()
BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")

sa.Table(
    "event",
    tables,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("stream", "version", name="event_stream_version"),
    sqlite_autoincrement=True,
)
sa.Table(
    "log_head",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("newest_day", sa.Text, nullable=False),
)
sa.Table(
    "waiting",
    tables,
    sa.Column("signature", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
)

sa.Table(
    "recorder_tick",
    tables,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("tick", BigId, nullable=False),
)

sa.Table(
    "checkpoint",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("size", BigId, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)

sa.Table(
    "document",
    tables,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=True),
    sa.Column("removed", sa.Text, nullable=True),
    sa.Column("public", sa.Boolean, nullable=False),
)

sa.Table(
    "campaign",
    tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("ref", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    sa.Column("wording", sa.Text, nullable=False, server_default=""),
    sa.Column("opens", sa.Text, nullable=False, server_default=""),
    sa.Column("closes", sa.Text, nullable=False, server_default=""),
    sa.Column("risk", sa.Text, nullable=False, server_default=""),
    sa.Column("rules", sa.Text, nullable=False, server_default="{}"),
    sa.Column("settings", sa.Text, nullable=False, server_default="{}"),
)
sa.Table(
    "draft",
    tables,
    sa.Column("ref", sa.Text, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)
sa.Table(
    "campaign_text",
    tables,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("translates", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("notice", sa.Text, nullable=False, server_default=""),
    sa.Column("reviewed", sa.Integer, nullable=False, server_default="0"),
)
sa.Table(
    "addressee",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
)

sa.Table(
    "signature",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("campaign", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("invalidation", sa.Text, nullable=False, server_default=""),
)

sa.Table(
    "campaign_key",
    tables,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("kek", sa.Integer, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
sa.Table(
    "pending",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("campaign", sa.Text, nullable=False),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    sa.Column("code_prefix", sa.Text, nullable=False, index=True),
    sa.Column("code_mac", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("kek", sa.Integer, nullable=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=True),
    sa.Column("sealed", sa.LargeBinary, nullable=True),
    sa.Column("signature", sa.Text, nullable=True),
    sa.Column("promise_by", BigId, nullable=True),
    sa.Column("promise_leaf", sa.LargeBinary, nullable=True),
    sa.Column("outcome", sa.Text, nullable=True),
    sa.Column("expires", BigId, nullable=False, index=True),
)
sa.Table(
    "mine",
    tables,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("signature", sa.Text, nullable=False, index=True),
    sa.Column("campaign", sa.Text, nullable=False),
    sa.Column("kept_opening", sa.LargeBinary, nullable=True),
    sa.Column("kept_until", BigId, nullable=True),
)
sa.Table(
    "record",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("signature", sa.Text, nullable=False, unique=True),
    sa.Column("campaign", sa.Text, nullable=False, index=True),
    sa.Column("commitment", sa.Text, nullable=False),
    sa.Column("kek", sa.Integer, nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
sa.Table(
    "erasure",
    tables,
    sa.Column("sequence", BigId, primary_key=True, autoincrement=True),
    sa.Column("row", sa.Text, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
sa.Table(
    "erased_count",
    tables,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("erased", sa.Integer, nullable=False),
)

sa.Table(
    "outbox",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("pending", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due", BigId, nullable=False, index=True),
    sa.Column("expires", BigId, nullable=False),
    sa.Column("error_class", sa.Text, nullable=False, server_default=""),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

READ_MODELS = {  # of each table: * key, # number, ~ bytes, else text
    "progress": "*#id #position #log_size",
    "leaf": "*#leaf_index #position ~hash",
    "node": "*#level *#node_index ~hash",
    "signed": "*id campaign state text #entry day reason batch",
    "counts": "*campaign #active #outdated #withdrawn #invalidated current_text state",
    "text_count": "*campaign *text #active",
    "text_chain": "*campaign *text replaced_by how #entry day",
    "growth": "*campaign *day #change",
    "letter": "*id campaign addressee record kind language state #at_size #active text input pdf #pdf_bytes plain "
    "annex #entry day",
    "letter_event": "*letter *#entry type day fields",
    "addressee": "*id hash status #entry",
}


def upgrade() -> None:
    """Create every table."""
    for name, columns in READ_MODELS.items():
        sa.Table("read_" + name, tables, *map(_column, columns.split()))
    tables.create_all(op.get_bind())


def _column(written: str) -> sa.Column[Any]:
    name = written.lstrip("*#~")
    kind: Any = BigId if "#" in written else sa.LargeBinary if "~" in written else sa.Text
    return sa.Column(name, kind, primary_key="*" in written, nullable=False, autoincrement=False)
