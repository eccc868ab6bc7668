"""What follows from an attempt to hand a letter over: its events, and the next values of its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.archive.documents import DocumentGone
from service.errors import NotFound, Refused
from service.letters import after_approval as decide
from service.letters.aggregate import Letter, apply
from service.letters.approval import made_of, rests_on
from service.letters.events import LetterEvent
from service.letters.evidence import Kept, keep_record
from service.outbox.delivery import Deferred, Uncertain, Undelivered, Unreachable
from service.outbox.message import MessageMalformed
from service.outbox.queue import BACKOFF_S
from service.vault.keys import Keys

GIVEN_UP_AFTER_S = 5 * 86_400  # RFC 5321 section 4.5.4.1: four to five days
UNREADABLE = (MessageMalformed, DocumentGone, NotFound, Refused)  # what makes a letter impossible to send
Outcome = str | Undelivered | Exception  # the server's words, or why there are none
Followed = tuple[Sequence[LetterEvent], dict[str, Any]]


@dataclass(frozen=True)
class Attempted:
    """An attempt that ended: the letter, its row, and when."""

    letter: Letter
    row: sa.RowMapping
    now_s: int
    day: str


def follow_up(connection: sa.Connection, keys: Keys, attempted: Attempted, outcome: Outcome) -> Followed:
    """Return the events that state what is known, and the row's new values."""
    letter, day = attempted.letter, attempted.day
    if isinstance(outcome, str):
        row = attempted.row
        record = {"channel": "email", "message_id": row["message_id"], "server": outcome, "at": attempted.now_s}
        evidence = keep_record(connection, keys, Kept(letter.id, "handover", day), record)
        return [decide.hand_over(letter, "email", evidence, day)], {"mark": "done"}
    if isinstance(outcome, Uncertain):
        return [decide.lose_sight(letter, day)], {"mark": "done"}
    if isinstance(outcome, (Deferred, Unreachable)):
        return _later(connection, attempted, outcome)
    return [decide.fail(letter, "permanent", day)], {"mark": "done", "went_at": 0}


def _later(connection: sa.Connection, attempted: Attempted, outcome: Deferred | Unreachable) -> Followed:
    """Try again after a while, five days long.

    A server that asks for it has failed the attempt. One that cannot be reached has not seen it: the attempt goes on.
    """
    letter, row, day = attempted.letter, attempted.row, attempted.day
    failed = decide.fail(letter, "temporary", day)
    if attempted.now_s - row["queued_at"] >= GIVEN_UP_AFTER_S:
        return [failed], {"mark": "done", "went_at": 0}
    pause_s = BACKOFF_S[min(row["tries"], len(BACKOFF_S) - 1)]
    waits = {"mark": "queued", "due": attempted.now_s + pause_s, "tries": row["tries"] + 1, "went_at": 0}
    if isinstance(outcome, Unreachable):
        return [], waits
    resting_on = rests_on(connection, made_of(letter))
    if decide.obstacle(made_of(letter), resting_on):
        return [failed], {"mark": "done", "went_at": 0}
    return [failed, decide.queue(apply(letter, failed), resting_on, day)], waits
