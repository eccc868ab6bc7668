"""The Turkish parliament's petition committee comes last: only once the administration was asked (LETTERS.md 1.3).

It wants the administrative way tried first (its own page; Rules of Procedure art. 116). The way is tried once an office
answered a petition of the same appeal, or let the 30 days of Law 3071 art. 7 pass after it went. An interim answer
and a transfer settle nothing: the days go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta

import sqlalchemy as sa

from service.archive import documents
from service.eventlog.base import Event
from service.eventlog.log import PetitionLog
from service.letters.events import LetterAnswered, LetterBounced, LetterComposed, LetterHandedOver, LetterOverdue
from service.readmodel.tables import live

COUNTRY = "TR"
SETTLED = ("answer", "refusal", "correction")
SILENCE = timedelta(days=30)  # Law 3071 art. 7


def way_is_untried(connection: sa.Connection, log: PetitionLog, made: LetterComposed, day: str) -> bool:
    """Return whether a letter goes to the Turkish parliament before the administration answered or kept silent."""
    if made.kind != "parliament" or json.loads(documents.get(connection, made.record).bytes())["country"] != COUNTRY:
        return False
    chosen = sa.select(live.letter.c.id).where(
        live.letter.c.campaign == made.campaign, live.letter.c.kind == "ministry_petition"
    )
    petitions = connection.execute(chosen).scalars().all()
    return not any(was_tried((one.event for one in log.stream(petition)), day) for petition in petitions)


def was_tried(events: Iterable[Event], day: str) -> bool:
    """Return whether an office answered this petition by a day (YYYY-MM-DD), or was silent for too long."""
    went = ""
    for event in events:
        match event:
            case LetterAnswered(outcome=outcome) if outcome in SETTLED:
                return True
            case LetterOverdue():
                return True
            case LetterHandedOver():
                went = event.day
            case LetterBounced():
                went = ""
    return bool(went) and date.fromisoformat(day) > date.fromisoformat(went) + SILENCE
