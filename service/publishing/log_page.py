"""The page `/log/`: what the log is, its newest checkpoint, and how anybody checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, render_template

from service.eventlog.base import Event
from service.eventlog.catalogue import decode
from service.eventlog.events import LOG_STREAM, LogOpened
from service.publishing.policy import Policy
from service.publishing.shown import newest_shown
from service.readmodel.tables import live
from service.store.database import Database
from service.store.tables import event


@dataclass(frozen=True)
class Happened:
    """An entry about the log itself: its index, type, day, reason or class, and the document that it names, if any."""

    index: int
    kind: str
    day: str
    reason: str
    document: str


def add_log_page(blueprint: Blueprint, database: Database, policy: Policy) -> None:
    """Add the page to the blueprint of the published log."""

    @blueprint.get("/log/")
    def log() -> str:
        """Show how to check the log, and what happened to it. Before the first checkpoint it says so."""
        with database.read() as connection:
            published = newest_shown(connection)
            happened = what_happened(connection)
        witnesses = [each.name for each in policy.witnesses]
        return render_template(
            "publishing/log.html", published=published, happened=happened, witnesses=witnesses, quorum=policy.quorum
        )


def what_happened(connection: sa.Connection) -> list[Happened]:
    """Return the public entries of the log's own stream after its opening, newest first."""
    joined = sa.select(live.leaf.c.leaf_index, event.c.topic, event.c.state)
    joined = joined.join(event, live.leaf.c.position == event.c.id).where(event.c.stream == LOG_STREAM)
    rows = connection.execute(joined.order_by(live.leaf.c.leaf_index.desc())).all()
    decoded = [(row.leaf_index, decode(row.topic, bytes(row.state), row.leaf_index)) for row in rows]
    return [_happened(index, found) for index, found in decoded if not isinstance(found, LogOpened)]


def _happened(index: int, found: Event) -> Happened:
    told: dict[str, Any] = {name: getattr(found, name, "") for name in ("reason", "class_", "scope", "document")}
    reason = told["reason"] or told["class_"] or told["scope"]
    return Happened(index, found.topic, found.day, reason, told["document"])
