"""The read models' tables, which can be made a second time under another prefix while they are rebuilt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.store.tables import BigId, metadata

LIVE = "read_"
REBUILD = "rebuild_"


@dataclass(frozen=True)
class ReadTables:
    """One full set of read model tables."""

    progress: sa.Table  # one row: how far the log was applied
    leaf: sa.Table  # the public events in order: index, position, leaf hash
    node: sa.Table  # the roots of full tiles: level 1 and above
    signed: sa.Table  # each signature as the log has it
    counts: sa.Table  # per campaign
    text_count: sa.Table  # per campaign and text: active signatures whose last text it is
    text_chain: sa.Table  # per campaign: each text from its entry on, what it replaces, how: opened corrected replaced
    history: sa.Table  # per campaign and day on which its figures changed: the figures after the day's last change
    batch: sa.Table  # each invalidation: how many it hit, how many of them were reinstated or withdrew since
    tally: sa.Table  # each published tally; by_country is canonical JSON
    news: sa.Table  # each update, outcome and reopening of a campaign
    letter: sa.Table
    letter_event: sa.Table
    addressee: sa.Table

    def all(self) -> list[sa.Table]:
        """Return the tables in a fixed order."""
        return [getattr(self, name) for name in self.__dataclass_fields__]


def read_tables(into: sa.MetaData, prefix: str) -> ReadTables:
    """Declare the read models' tables under a prefix."""
    return ReadTables(
        **{name: sa.Table(prefix + name, into, *map(_column, columns.split())) for name, columns in COLUMNS.items()}
    )


COLUMNS = {  # of each table: * key, # number, ~ bytes, else text
    "progress": "*#id #position #log_size",
    "leaf": "*#leaf_index #position ~hash",
    "node": "*#level *#node_index ~hash",
    "signed": "*id campaign state text #entry day reason batch",
    "counts": "*campaign #active #outdated #withdrawn #invalidated current_text state day",
    "text_count": "*campaign *text #active",
    "text_chain": "*campaign *#entry text replaces how day",
    "history": "*campaign *day #log_size #active #outdated #withdrawn #invalidated",
    "batch": "*campaign *batch #entry day reason #hit #reinstated #withdrawn",
    "tally": "*campaign *#entry day #at_size #active #outdated #withdrawn #invalidated by_country #merged #erased",
    "news": "*campaign *#entry kind day document outcome",
    "letter": "*id campaign addressee record kind language state #at_size #active text input pdf #pdf_bytes plain "
    "annex #entry day",
    "letter_event": "*letter *#entry type day fields",
    "addressee": "*id hash status #entry",
}


def _column(written: str) -> sa.Column[Any]:
    name = written.lstrip("*#~")
    kind: Any = BigId if "#" in written else sa.LargeBinary if "~" in written else sa.Text
    return sa.Column(name, kind, primary_key="*" in written, nullable=False, autoincrement=False)


live = read_tables(metadata, LIVE)
