"""Hands queued letters over by e-mail, each once or not at all: LETTERS.md section 8.

One worker at a time holds this role, so whatever it finds in somebody's hands was left by one that died. A row's
`claim` guards against a worker that lost the role and does not know it yet: it cannot pass the last moment before DATA.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from service.clock import Clock
from service.eventlog.canonical import document_hash
from service.eventlog.log import PetitionLog
from service.letters import after_approval as decide
from service.letters.aggregate import Letter
from service.letters.approval import load_letter, made_of, rests_on
from service.letters.events import LetterEvent, LetterHandoverStarted
from service.letters.pacing import earliest_s
from service.letters.posting import Sender, envelope_of, read_writing, with_link
from service.letters.settling import UNREADABLE, Attempted, Outcome, follow_up
from service.letters.tables import letter_delivery as delivery
from service.outbox.delivery import OnceTransport, Undelivered
from service.outbox.envelope import Envelope
from service.vault.annexes import is_settled
from service.vault.keys import Keys

ASIDE_S = 60

log_line = structlog.get_logger()


@dataclass(frozen=True)
class Post:
    """What handing letters over needs."""

    log: PetitionLog
    keys: Keys
    transport: OnceTransport
    clock: Clock
    sender: Sender

    @property
    def now_s(self) -> int:
        """Return the present moment in POSIX seconds."""
        return int(self.clock.now().timestamp())


@dataclass(frozen=True)
class Claimed:
    """A letter in this worker's hands."""

    letter: str
    claim: str
    token: str
    message_id: str


class ClaimLost(Exception):
    """Another worker has taken the letter since."""


def deliver_next(post: Post) -> int:
    """Settle what a dead worker left, then hand one letter over; return how many letters were touched."""
    touched = _settle_orphans(post)
    claimed = _claim_next(post)
    if claimed is None:
        return touched
    try:
        _settle(post, claimed, _attempt(post, claimed))
    except ClaimLost:
        log_line.warning("letter_in_other_hands")
    finally:
        post.transport.close()
    return touched + 1


def _settle_orphans(post: Post) -> int:
    """Say of what was on its way that nobody knows, and give back what was not."""
    held = sa.select(delivery).where(delivery.c.mark.in_(("claimed", "transferring")))
    with post.log.database.read() as connection:
        found = connection.execute(held).mappings().all()
    for row in found:
        began = row["mark"] == "transferring"
        left = (delivery.c.claim == row["claim"]) & (delivery.c.mark == row["mark"])
        given_back = sa.update(delivery).where(left).values(mark="done" if began else "queued", claim="")
        with post.log.transaction() as connection:
            day = post.log.day(connection, post.clock.now())
            if connection.execute(given_back).rowcount and began:
                letter = load_letter(post.log, row["letter"])
                post.log.append(decide.lose_sight(letter, day), letter.version + 1)
    return len(found)


def _claim_next(post: Post) -> Claimed | None:
    due = (delivery.c.mark == "queued") & (delivery.c.due <= post.now_s)
    with post.log.database.read() as connection:
        waiting = connection.execute(sa.select(delivery).where(due).order_by(delivery.c.due)).mappings().all()
    claims = (_claim(post, row) for row in waiting if not _is_early(post, row))
    return next((claimed for claimed in claims if claimed is not None), None)


def _is_early(post: Post, seen: sa.RowMapping) -> bool:
    """Return whether the letter may not go yet, and put it off until it may."""
    with post.log.database.read() as connection:
        made = made_of(load_letter(post.log, seen["letter"]))
        try:
            from_s = earliest_s(connection, made, post.clock.now())
        except UNREADABLE:
            return False  # the attempt says so
    if from_s <= post.now_s:
        return False
    waits = (delivery.c.token == seen["token"]) & (delivery.c.mark == "queued")
    with post.log.database.write() as connection:
        connection.execute(sa.update(delivery).where(waits).values(due=from_s))
    return True


def _claim(post: Post, seen: sa.RowMapping) -> Claimed | None:
    """Take a letter in hand in one transaction: the attempt begins before anybody is spoken to."""
    this = (delivery.c.token == seen["token"]) & (delivery.c.mark == "queued")
    with post.log.transaction() as connection:
        day = post.log.day(connection, post.clock.now())
        if connection.execute(sa.select(delivery.c.mark).where(this).with_for_update()).one_or_none() is None:
            return None
        if not is_settled(connection, seen["letter"]):
            return None  # somebody left annex B: it is made anew first
        letter, claim = load_letter(post.log, seen["letter"]), secrets.token_hex(16)
        event = _beginning(connection, letter, seen["message_id"], day)
        if event is not None:
            post.log.append(event, letter.version + 1)
        begins = event is None or isinstance(event, LetterHandoverStarted)
        later = post.now_s + ASIDE_S  # if this ends badly, others come first
        values = {"mark": "claimed", "claim": claim, "due": later} if begins else {"mark": "done"}
        connection.execute(sa.update(delivery).where(this).values(values))
    return Claimed(letter.id, claim, seen["token"], seen["message_id"]) if begins else None


def _beginning(connection: sa.Connection, letter: Letter, message_id: str, day: str) -> LetterEvent | None:
    """Return the event with which an attempt begins or is called off, or nothing if one that did not go goes on."""
    changed = decide.obstacle(made_of(letter), rests_on(connection, made_of(letter)))
    if letter.state == "handing_over":
        return decide.fail(letter, "temporary", day) if changed else None
    if changed:
        return decide.recall(letter, changed, day)
    return decide.start(letter, document_hash(message_id.encode()), day)


def _attempt(post: Post, claimed: Claimed) -> Outcome:
    """Return the server's words, or why the letter did not go or may have gone."""
    try:
        envelope = _envelope(post, claimed)
    except UNREADABLE as error:
        return error
    try:
        return post.transport.hand_over(envelope, lambda: _pass_last_moment(post, claimed))
    except Undelivered as error:
        return error


def _envelope(post: Post, claimed: Claimed) -> Envelope:
    with post.log.database.read() as connection:
        letter = load_letter(post.log, claimed.letter)
        writing = with_link(connection, post.keys, read_writing(connection, made_of(letter)), letter.names.named)
        return envelope_of(writing, post.sender, (claimed.message_id, claimed.token), post.clock.now())


def _pass_last_moment(post: Post, claimed: Claimed) -> None:
    """Note durably that the content goes now. :raises ClaimLost: if the letter is in other hands."""
    ours = (delivery.c.claim == claimed.claim) & (delivery.c.mark == "claimed")
    with post.log.database.write() as connection:
        passed = sa.update(delivery).where(ours).values(mark="transferring", went_at=post.now_s)
        if not connection.execute(passed).rowcount:
            raise ClaimLost


def _settle(post: Post, claimed: Claimed, outcome: Outcome) -> None:
    """Write what became of the attempt. :raises ClaimLost: if others said meanwhile that nobody knows."""
    if isinstance(outcome, str):
        log_line.info("letter_taken")
    ours = (delivery.c.claim == claimed.claim) & delivery.c.mark.in_(("claimed", "transferring"))
    with post.log.transaction() as connection:
        day = post.log.day(connection, post.clock.now())
        row = connection.execute(sa.select(delivery).where(ours).with_for_update()).mappings().one_or_none()
        if row is None:
            raise ClaimLost
        letter = load_letter(post.log, claimed.letter)
        events, values = follow_up(connection, post.keys, Attempted(letter, row, post.now_s, day), outcome)
        for version, event in enumerate(events, letter.version + 1):
            post.log.append(event, version)
        connection.execute(sa.update(delivery).where(ours).values(claim="", **values))
