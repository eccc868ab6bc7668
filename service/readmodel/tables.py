"""The read models' tables, which can be made a second time under another prefix while they are rebuilt."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from service.store.tables import BigId, metadata

LIVE = "read_"
REBUILD = "rebuild_"


@dataclass(frozen=True)
class ReadTables:
    """One full set of read model tables."""

    progress: sa.Table  # one row: how far the log was applied
    leaf: sa.Table  # the public events in order: index, position, leaf hash
    signed: sa.Table  # each signature as the log has it
    counts: sa.Table  # per campaign
    text_count: sa.Table  # per campaign and text: active signatures whose last text it is
    text_chain: sa.Table  # per campaign: which text became which, and how
    growth: sa.Table  # per campaign and day: change of active
    letter: sa.Table
    letter_event: sa.Table
    addressee: sa.Table

    def all(self) -> list[sa.Table]:
        """Return the tables in a fixed order."""
        return [getattr(self, name) for name in self.__dataclass_fields__]


def read_tables(into: sa.MetaData, prefix: str) -> ReadTables:
    """Declare the read models' tables under a prefix."""

    def table(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
        return sa.Table(prefix + name, into, *columns)

    def text(name: str, **options: bool) -> sa.Column[str]:
        return sa.Column(name, sa.Text, nullable=False, **options)

    def number(name: str, **options: bool) -> sa.Column[int]:
        return sa.Column(name, BigId, nullable=False, autoincrement=False, **options)

    return ReadTables(
        progress=table("progress", number("id", primary_key=True), number("position"), number("log_size")),
        leaf=table(
            "leaf", number("leaf_index", primary_key=True), number("position"), sa.Column("hash", sa.LargeBinary)
        ),
        signed=table(
            "signed",
            text("id", primary_key=True),
            text("campaign"),
            text("state"),
            text("text"),
            number("entry"),
            text("day"),
            text("reason"),
            text("batch"),
        ),
        counts=table(
            "counts",
            text("campaign", primary_key=True),
            number("active"),
            number("outdated"),
            number("withdrawn"),
            number("invalidated"),
            text("current_text"),
            text("state"),
        ),
        text_count=table(
            "text_count", text("campaign", primary_key=True), text("text", primary_key=True), number("active")
        ),
        text_chain=table(
            "text_chain",
            text("campaign", primary_key=True),
            text("text", primary_key=True),
            text("replaced_by"),
            text("how"),
            number("entry"),
            text("day"),
        ),
        growth=table("growth", text("campaign", primary_key=True), text("day", primary_key=True), number("change")),
        letter=table(
            "letter",
            text("id", primary_key=True),
            text("campaign"),
            text("addressee"),
            text("record"),
            text("kind"),
            text("language"),
            text("state"),
            number("at_size"),
            number("active"),
            text("text"),
            text("input"),
            text("pdf"),
            number("pdf_bytes"),
            text("plain"),
            text("annex"),
            number("entry"),
            text("day"),
        ),
        letter_event=table(
            "letter_event",
            text("letter", primary_key=True),
            number("entry", primary_key=True),
            text("type"),
            text("day"),
            text("fields"),
        ),
        addressee=table("addressee", text("id", primary_key=True), text("hash"), text("status"), number("entry")),
    )


live = read_tables(metadata, LIVE)
