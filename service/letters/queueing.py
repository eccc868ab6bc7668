"""Puts approved letters into the queue, and takes them out again before their hand-over begins."""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa

from service.campaigns.queries import campaign_by_id
from service.eventlog.log import PetitionLog
from service.letters import after_approval as decide
from service.letters.aggregate import Letter
from service.letters.approval import composed_letter, load_letter, made_of, rests_on
from service.letters.commands import RecallLetter, SendLetter
from service.letters.links import demand_link
from service.letters.posting import Sender, read_writing, refuse_unsendable
from service.letters.tables import letter_delivery as delivery
from service.store.gates import hold_gate

TOKEN_BYTES = 13  # 104 bits: nobody who was not sent the letter can make up a report on it


def send_letter(command: SendLetter, log: PetitionLog, sender: Sender) -> str:
    """Queue an approved letter for e-mail and return the address that it will go to.

    :raises Refused: if it is not approved, cannot go by e-mail, or what it rests on changed since.
    """
    with log.transaction() as connection:
        _hold(connection, log, command.letter)
        day = log.day(connection, command.now)
        letter = load_letter(log, command.letter)
        made = made_of(letter)
        event = decide.queue(letter, rests_on(connection, made), day)
        writing = read_writing(connection, made)
        refuse_unsendable(writing)
        demand_link(connection, letter)
        log.append(event, letter.version + 1)
        _enqueue(connection, letter, sender, command)
        return writing.address


def recall_letter(command: RecallLetter, log: PetitionLog) -> str:
    """Take a letter out of the queue and return its state after that.

    One whose hand-over began and that is known not to have gone, as the mail server cannot be reached, has failed.

    :raises Refused: if it does not wait, or a worker is handing it over.
    """
    with log.transaction() as connection:
        day = log.day(connection, command.now)
        letter = load_letter(log, command.letter)
        waits = _is_this(letter) & (delivery.c.mark == "queued")
        taken = connection.execute(sa.update(delivery).where(waits).values(mark="done")).rowcount
        if taken and letter.state == "handing_over":
            log.append(decide.fail(letter, "temporary", day), letter.version + 1)
            return "failed"
        log.append(decide.recall(letter, "organizer", day), letter.version + 1)
        return letter.before_queue


def _hold(connection: sa.Connection, log: PetitionLog, letter_id: str) -> None:
    """Take the campaign's gate: its text and state stay until the letter is queued."""
    hold_gate(connection, campaign_by_id(connection, composed_letter(log, letter_id).campaign).number)


def _is_this(letter: Letter) -> sa.ColumnElement[bool]:
    return (delivery.c.letter == letter.id) & (delivery.c.approval == letter.approval)


def _enqueue(connection: sa.Connection, letter: Letter, sender: Sender, command: SendLetter) -> None:
    """Write the row of this approval's message, or wake the one that there is: it keeps its Message-ID."""
    now_s = int(command.now.timestamp())
    fresh: dict[str, Any] = {"mark": "queued", "claim": "", "queued_by": command.actor}
    fresh |= {"queued_at": now_s, "due": now_s, "tries": 0, "went_at": 0}
    if connection.execute(sa.update(delivery).where(_is_this(letter)).values(fresh)).rowcount:
        return
    token = secrets.token_hex(TOKEN_BYTES)
    row = {"letter": letter.id, "approval": letter.approval, "addressee": made_of(letter).addressee, "token": token}
    row["message_id"] = f"<{letter.id}.{letter.approval}.{token}@{sender.domain}>"
    connection.execute(sa.insert(delivery).values(**row, **fresh))
