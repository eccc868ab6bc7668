"""Letters whose answer is late by a rule that obliges the office: said once, with a reminder as a draft."""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa

from service.archive import documents
from service.archive.documents import DocumentGone
from service.campaigns.queries import campaign_by_id
from service.errors import Refused
from service.eventlog.log import PetitionLog
from service.letters import after_approval as decide
from service.letters.aggregate import Letter
from service.letters.approval import load_letter, made_of
from service.letters.drafts import OVERDUE, Call, has_slot, raise_draft
from service.letters.office_hours import answer_due
from service.letters.template import Template
from service.readmodel.tables import live

WAITING = ("handed_over", "accepted", "acknowledged")


def say_overdue(log: PetitionLog, now: datetime) -> int:
    """Append `letter.overdue` to each letter whose day has passed, and raise a reminder; return how many."""
    with log.database.read() as connection:
        waiting = connection.execute(sa.select(live.letter.c.id).where(live.letter.c.state.in_(WAITING))).scalars()
        letters = [load_letter(log, one) for one in waiting.all()]
        late = [letter.id for letter in letters if _is_late(letter, due_day(connection, letter), now)]
    return sum(_say(log, letter_id, now) for letter_id in late)


def due_day(connection: sa.Connection, letter: Letter) -> str | None:
    """Return the day by which the office has to answer, counted from its receipt or else from the hand-over."""
    since = letter.acknowledged_day or letter.handed_over_day
    if letter.composed is None or not since:
        return None
    try:
        record = json.loads(documents.get(connection, letter.composed.record).bytes())
        return answer_due(record, letter.composed.kind, since)
    except (DocumentGone, Refused):  # nobody can say then
        return None


def _is_late(letter: Letter, due: str | None, now: datetime) -> bool:
    return due is not None and not letter.was_overdue and now.date().isoformat() > due


def _say(log: PetitionLog, letter_id: str, now: datetime) -> bool:
    with log.transaction() as connection:
        day = log.day(connection, now)
        letter = load_letter(log, letter_id)
        due = due_day(connection, letter)
        if due is None or letter.state not in WAITING or letter.was_overdue or day <= due:
            return False
        log.append(decide.miss(letter, due, day), letter.version + 1)
        made = made_of(letter)
        campaign = campaign_by_id(connection, made.campaign)
        slot = _slot_of(connection, made.template)
        if has_slot(campaign, slot) and campaign.state != "withdrawn":
            raise_draft(connection, log, campaign, Call(OVERDUE, slot, letter.id), now)
        return True


def _slot_of(connection: sa.Connection, template: str) -> str:
    content = documents.get(connection, template).content
    return "" if content is None else Template.read(content).reference.rpartition("/")[2]
