"""Until when evidence of letters is kept: five years after its appeal was sealed (PRIVACY.md section 2)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from service.campaigns.events import CampaignSealed
from service.clock import day_of
from service.eventlog.log import PetitionLog
from service.letters.tables import letter_evidence
from service.readmodel.tables import live

KEPT_YEARS = 5  # PRIVACY.md section 2


def kept_until(connection: sa.Connection, log: PetitionLog, letter: str) -> str | None:
    """Return the UTC day (YYYY-MM-DD) on which a letter's evidence is destroyed; nothing until its appeal is sealed."""
    chosen = sa.select(live.letter.c.campaign).where(live.letter.c.id == letter)
    campaign = connection.execute(chosen).scalar()
    return None if campaign is None else _end(log, campaign)


def past_its_time(connection: sa.Connection, log: PetitionLog, day: str) -> list[str]:
    """Return the letters whose evidence is to be gone on a day (YYYY-MM-DD, UTC)."""
    of = sa.select(live.letter.c.id, live.letter.c.campaign).where(
        live.letter.c.id.in_(sa.select(letter_evidence.c.letter))
    )
    letters = connection.execute(of).all()
    ends = {campaign: _end(log, campaign) for campaign in {row.campaign for row in letters}}
    return sorted(row.id for row in letters if (end := ends[row.campaign]) is not None and end <= day)


def destroy_old_evidence(log: PetitionLog, now: datetime) -> int:
    """Destroy what is past its time, its keys with it; return how many pieces. Their hashes stay in the log."""
    with log.database.read() as connection:
        letters = past_its_time(connection, log, day_of(now))
    if not letters:
        return 0
    with log.database.write() as connection:
        return connection.execute(sa.delete(letter_evidence).where(letter_evidence.c.letter.in_(letters))).rowcount


def _end(log: PetitionLog, campaign: str) -> str | None:
    sealed = [one.event.day for one in log.stream(campaign) if isinstance(one.event, CampaignSealed)]
    return _years_later(date.fromisoformat(sealed[-1])).isoformat() if sealed else None


def _years_later(day: date) -> date:
    """Return the same day five years on; of 29 February, 1 March."""
    try:
        return day.replace(year=day.year + KEPT_YEARS)
    except ValueError:
        return date(day.year + KEPT_YEARS, 3, 1)
