"""Resolving a hand-over of which nobody knows whether it happened: two people say what they found out."""

from __future__ import annotations

import sqlalchemy as sa

from service.errors import Refused
from service.eventlog.log import PetitionLog
from service.letters import after_approval as decide
from service.letters.aggregate import APPROVALS_MIN, Letter
from service.letters.approval import load_letter
from service.letters.commands import ResolveLetter
from service.letters.events import LetterFailed, LetterHandedOver
from service.letters.evidence import Kept, keep_record, open_evidence
from service.letters.tables import letter_delivery as delivery
from service.letters.tables import letter_evidence
from service.vault.keys import Keys

UNKNOWN = "0" * 64  # stands for the evidence, whose hash is not made before it is sealed


def describe_resolution(command: ResolveLetter, log: PetitionLog, connection: sa.Connection, keys: Keys) -> list[str]:
    """Return what resolving would say. :raises Refused: if it is not uncertain, or another attempt is."""
    letter = load_letter(log, command.letter)
    _event(letter, command, UNKNOWN, "")
    chosen = sa.select(delivery.c.message_id).where(_is_this(letter))
    message_id = connection.execute(chosen).scalar() or "unknown"
    said = "was handed over" if command.went else "did not go and may be sent again"
    return [
        f"The letter {letter.id}, attempt {command.attempt}, {said}.",
        f"What shows it: {command.found}",
        f"Message-ID {message_id}",
        *_reports(connection, keys, letter),
        "A delivery report, the mail server's log or the office itself tells: do not guess.",
    ]


def resolve_letter(command: ResolveLetter, log: PetitionLog, connection: sa.Connection, keys: Keys) -> str:
    """Append what two people found out, inside a running `log.transaction()`, and return the letter's state."""
    day = log.day(connection, command.now)
    letter = load_letter(log, command.letter)
    record = {"channel": "email", "found": command.found, "approvals": command.approvals}
    evidence = keep_record(connection, keys, Kept(letter.id, "resolved", day), record)
    log.append(_event(letter, command, evidence, day), letter.version + 1)
    if not command.went:
        connection.execute(sa.update(delivery).where(_is_this(letter)).values(went_at=0))
    return "handed over" if command.went else "failed"


def _reports(connection: sa.Connection, keys: Keys, letter: Letter) -> list[str]:
    """Return what mail servers reported about it meanwhile."""
    chosen = sa.select(letter_evidence.c.hash, letter_evidence.c.day).order_by(letter_evidence.c.hash)
    rows = connection.execute(chosen.where(letter_evidence.c.letter == letter.id, letter_evidence.c.kind == "report"))
    found = [(row.day, open_evidence(connection, keys, row.hash)) for row in rows]
    return [f"A delivery report of {day}: {record['verdict']}, {record['status']}" for day, record in found]


def _event(letter: Letter, command: ResolveLetter, evidence: str, day: str) -> LetterHandedOver | LetterFailed:
    if letter.state != "uncertain" or letter.attempts != command.attempt:
        raise Refused(f"attempt {command.attempt} of the letter {letter.id} is not uncertain: it is {letter.state}")
    approvals = command.approvals or APPROVALS_MIN
    if command.went:
        return decide.hand_over(letter, "email", evidence, day, approvals)
    return decide.fail(letter, "temporary", day, approvals)


def _is_this(letter: Letter) -> sa.ColumnElement[bool]:
    return (delivery.c.letter == letter.id) & (delivery.c.approval == letter.approval)
