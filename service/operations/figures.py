"""What waits and how far behind each follower is, in one read: for metrics, `/readyz` and the doctor.

Totals only: nothing here is of one campaign, language or country (PRIVACY.md section 10).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from service.readmodel.tables import live
from service.store.tables import campaign, checkpoint, event, outbox, waiting


@dataclass(frozen=True)
class Figures:
    """One moment of an installation."""

    recorder_waiting: int  # confirmed, not yet appended; of appeals at risk nothing is told, they wait on purpose
    projections_behind: int  # events
    publisher_behind: int  # entries
    outbox_queued: int  # mails
    outbox_dead: int
    outbox_late_s: int  # of the mail that is due for longest
    events: int  # the newest position
    applied: int
    log_size: int
    published: int

    @property
    def is_rolled_back(self) -> bool:
        """Return whether more was applied or published than the log holds."""
        return self.applied > self.events or self.published > self.log_size


def read_figures(connection: sa.Connection, now: datetime) -> Figures:
    """Return the figures of this moment."""
    at_risk = sa.select(campaign.c.id).where(campaign.c.risk == "at-risk")
    waits = sa.select(sa.func.count()).select_from(waiting).where(waiting.c.campaign.not_in(at_risk))
    events = _number(connection, sa.select(sa.func.max(event.c.id)))
    progress = connection.execute(sa.select(live.progress.c.position, live.progress.c.log_size)).one_or_none()
    applied, log_size = (progress.position, progress.log_size) if progress else (0, 0)
    published = _number(connection, sa.select(checkpoint.c.size))
    oldest = _number(connection, sa.select(sa.func.min(outbox.c.due)).where(outbox.c.state == "queued"))
    return Figures(
        recorder_waiting=_number(connection, waits),
        projections_behind=max(0, events - applied),
        publisher_behind=max(0, log_size - published),
        outbox_queued=_mails(connection, "queued"),
        outbox_dead=_mails(connection, "dead"),
        outbox_late_s=max(0, int(now.timestamp()) - oldest) if oldest else 0,
        events=events,
        applied=applied,
        log_size=log_size,
        published=published,
    )


def _mails(connection: sa.Connection, state: str) -> int:
    return _number(connection, sa.select(sa.func.count()).select_from(outbox).where(outbox.c.state == state))


def _number(connection: sa.Connection, question: sa.Select[tuple[int]]) -> int:
    return int(connection.execute(question).scalar() or 0)
