"""What may happen to a letter once it is approved: the decisions of docs/log_format.md section 7.6."""

from __future__ import annotations

from typing import Literal

import msgspec

from service.errors import Refused
from service.letters.aggregate import APPROVALS_MIN, Letter
from service.letters.events import (
    Channel,
    LetterAccepted,
    LetterAcknowledged,
    LetterAnswered,
    LetterBounced,
    LetterComposed,
    LetterDropped,
    LetterFailed,
    LetterHandedOver,
    LetterHandoverStarted,
    LetterOverdue,
    LetterQueued,
    LetterRecalled,
    LetterUncertain,
)
from service.letters.rests_on import RestsOn

Recall = Literal["organizer", "text", "campaign", "record"]
Failure = Literal["temporary", "permanent"]
Outcome = Literal["interim", "answer", "refusal", "transfer", "correction"]
TO_SEND = ("approved", "failed")
OUT = ("handed_over", "accepted", "acknowledged", "overdue", "answered")  # it reached the office, as far as is known
DROPPABLE = ("composed", "approved", "failed", "bounced")


def obstacle(made: LetterComposed, rests_on: RestsOn) -> Recall | None:
    """Return what the letter rested on and no longer holds, or nothing."""
    if rests_on.campaign.state == "withdrawn":
        return "campaign"
    if rests_on.campaign.text != made.text:
        return "text"
    return None if (rests_on.record, rests_on.status) == (made.record, "verified") else "record"


def queue(letter: Letter, rests_on: RestsOn, day: str) -> LetterQueued:
    """Return the event that the letter waits for the worker.

    :raises Refused: if it is not approved or failed, or what it rests on changed since.
    """
    made = _in_state(letter, *TO_SEND)
    found = obstacle(made, rests_on)
    if found:
        raise Refused(f"the {found} that {letter.id} rests on changed since it was approved: compose it again")
    return LetterQueued(day=day, letter=letter.id, channel="email")


def recall(letter: Letter, reason: Recall, day: str) -> LetterRecalled:
    """Return the event that the letter waits no more. :raises Refused: if its hand-over began, or it was not queued."""
    _in_state(letter, "queued")
    return LetterRecalled(day=day, letter=letter.id, reason=reason)


def start(letter: Letter, message: str, day: str) -> LetterHandoverStarted:
    """Return the event that a worker takes the letter; `message` is the hash of its Message-ID."""
    _in_state(letter, "queued")
    return LetterHandoverStarted(day=day, letter=letter.id, attempt=letter.attempts + 1, message=message)


def hand_over(letter: Letter, channel: Channel, evidence: str, day: str, approvals: int = 0) -> LetterHandedOver:
    """Return the event that the letter went, with the hash of what shows it.

    E-mail: while a worker hands it over. Other channels: from approved or failed, by who carried it there. After
    `uncertain`: only by two people, under the same attempt.

    :raises Refused: in any other state.
    """
    if letter.state == "uncertain":
        _demand_two(letter, approvals)
        _in_state(letter, "uncertain")
        attempt, said = letter.attempts, approvals
    else:
        _in_state(letter, *(("handing_over",) if channel == "email" else TO_SEND))
        attempt, said = letter.attempts + 1, 0
    return LetterHandedOver(
        day=day,
        letter=letter.id,
        channel=channel,
        attempt=attempt,
        evidence=evidence,
        named=letter.names.named,
        names=letter.names.commitment,
        approvals=said or msgspec.UNSET,
    )


def fail(letter: Letter, class_: Failure, day: str, approvals: int = 0) -> LetterFailed:
    """Return the event that the letter is known not to have gone.

    :raises Refused: unless it is being handed over, or two people found out what became of an uncertain one.
    """
    if letter.state == "uncertain":
        _demand_two(letter, approvals)
        return LetterFailed(day=day, letter=letter.id, attempt=letter.attempts, class_=class_)
    _in_state(letter, "handing_over")
    return LetterFailed(day=day, letter=letter.id, attempt=letter.attempts + 1, class_=class_)


def lose_sight(letter: Letter, day: str) -> LetterUncertain:
    """Return the event that nobody knows whether the letter went."""
    _in_state(letter, "handing_over")
    return LetterUncertain(day=day, letter=letter.id, attempt=letter.attempts + 1)


def accept(letter: Letter, evidence: str, day: str) -> LetterAccepted:
    """Return the event that the addressee's mail server took it. :raises Refused: unless it is handed over."""
    _in_state(letter, "handed_over")
    return LetterAccepted(day=day, letter=letter.id, evidence=evidence)


def bounce(letter: Letter, evidence: str, day: str) -> LetterBounced:
    """Return the event that it came back. :raises Refused: unless it is handed over or accepted."""
    _in_state(letter, "handed_over", "accepted")
    return LetterBounced(day=day, letter=letter.id, evidence=evidence)


def acknowledge(letter: Letter, evidence: str, day: str) -> LetterAcknowledged:
    """Return the event that the office confirmed it. :raises Refused: unless it went out and was not answered."""
    _in_state(letter, "handed_over", "accepted", "overdue")
    return LetterAcknowledged(day=day, letter=letter.id, evidence=evidence)


def answer(letter: Letter, outcome: Outcome, document: str, day: str) -> LetterAnswered:
    """Return the event that the office answered, as the next version. :raises Refused: unless the letter went out."""
    _in_state(letter, *OUT)
    return LetterAnswered(day=day, letter=letter.id, outcome=outcome, version=letter.versions + 1, document=document)


def miss(letter: Letter, due: str, day: str) -> LetterOverdue:
    """Return the event that no answer came by its day. :raises Refused: if that is not so, or was said before."""
    _in_state(letter, "handed_over", "accepted", "acknowledged")
    if letter.was_overdue or day <= due:
        raise Refused(f"{letter.id} is not overdue, or was said to be before")
    return LetterOverdue(day=day, letter=letter.id, due=due)


def drop(letter: Letter, reason: Literal["abandoned", "replaced"], day: str) -> LetterDropped:
    """Return the event that the letter will not be sent. :raises Refused: if it waits, went, or may have gone."""
    _in_state(letter, *DROPPABLE)
    return LetterDropped(day=day, letter=letter.id, reason=reason)


def _in_state(letter: Letter, *states: str) -> LetterComposed:
    if letter.state not in states or letter.composed is None:
        named = " or ".join(state.replace("_", " ") for state in states)
        raise Refused(f"the letter {letter.id} is {letter.state.replace('_', ' ')}: this needs one that is {named}")
    return letter.composed


def _demand_two(letter: Letter, approvals: int) -> None:
    if approvals < APPROVALS_MIN:
        raise Refused(f"nobody knows whether {letter.id} went: two people say so, with `petition letter resolve`")
