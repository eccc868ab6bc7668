"""The queue of mail: sealed rows that workers claim, send and delete. Sending twice may happen, losing may not.

News are the other way round: they are marked before they are handed over, and what a dying worker had marked goes no
more.

A row is claimed by moving its due time into the future, in a short transaction of its own; then it is sent; then it is
deleted. A worker that dies in between leaves a row that is due again when its claim is over.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.clock import Clock
from service.errors import NotFound
from service.outbox.attempt import Fate, Opened, Outcome, Waiting, attempt, opened, refused_by_limit
from service.outbox.delivery import Transport
from service.outbox.flood import give_back, take
from service.outbox.message import Message
from service.store.database import Database
from service.store.mail_tables import subscriber
from service.store.tables import outbox, pause, pending
from service.vault.keys import Keys
from service.vault.sealing import seal

__all__ = ["Line", "Message", "list_outbox", "message_row", "retry", "send_due"]

CLAIM_S = 600  # how long a claimed row is left to its worker, who begins no message in the second half
CHUNK = 10  # messages between two transactions: at most so many are sent twice when a worker dies
DAY_S = 86_400
BACKOFF_S = (60, 300, 900, 3600, 7200, 14_400)  # the last one again and again, until the message expires
JITTER = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Line:
    """What an operator sees of a message: never to whom or what."""

    id: str
    state: str
    attempts: int
    due: int
    expires: int
    error_class: str


def message_row(pending_id: str, data_key: bytes, message: Message, now_s: int, expires_s: int) -> dict[str, Any]:
    """Return a row for the outbox, sealed under the pending row's data key.

    It is due from the beginning of the day (UTC) and expires at the end of one, so that the row does not tell when the
    form was sent. It ends earlier with its pending row.
    """
    row_id = secrets.token_hex(16)
    return {
        "id": row_id,
        "pending": pending_id,
        "state": "queued",
        "attempts": 0,
        "due": now_s - now_s % DAY_S,
        "expires": -(-expires_s // DAY_S) * DAY_S,
        "error_class": "",
        "sealed": seal(data_key, message.as_record(), b"outbox\0" + row_id.encode()),
    }


def send_due(database: Database, keys: Keys, transport: Transport, clock: Clock, *, limit: int = 50) -> int:
    """Send what is due, at most `limit` messages, and return how many were handed over.

    No transaction is open while the mail server is spoken to. What expired, or whose pending row was used or erased, is
    dropped. If the server cannot be reached, what is left of the claim is given back until a later attempt.
    """
    claimed = _claim(database, _now_s(clock), limit) if _is_work(database, _now_s(clock)) else []
    until_s = _now_s(clock) + CLAIM_S // 2
    way = _Way(database, keys, transport, clock)
    sent = 0
    try:
        while claimed and _now_s(clock) < until_s:
            chunk, claimed = claimed[:CHUNK], claimed[CHUNK:]
            outcomes = way.send(chunk, until_s)
            sent += sum(outcome.fate is Fate.SENT for outcome in outcomes)
            if outcomes and outcomes[-1].fate is Fate.STOPPED:
                way.give_back(claimed)
                break
    finally:
        transport.close()
    return sent


def list_outbox(connection: sa.Connection) -> list[Line]:
    """Return what waits and what is dead, the next one due first."""
    columns = [outbox.c[name] for name in Line.__slots__]
    return [Line(*row) for row in connection.execute(sa.select(*columns).order_by(outbox.c.due, outbox.c.id))]


def retry(connection: sa.Connection, message_id: str) -> None:
    """Put a message back into the queue, due at once.

    :raises NotFound: if it is not there: it was sent, has expired, or never was.
    """
    values = {"state": "queued", "due": 0, "error_class": ""}
    if connection.execute(sa.update(outbox).where(outbox.c.id == message_id).values(values)).rowcount == 0:
        raise NotFound(f"no message {message_id} waits in the outbox: it was sent, has expired, or never was")


_STOPPED = sa.exists().where(pause.c.what == "mail", pause.c.until == "")
_PAUSED = sa.or_(
    *(
        _STOPPED.where(sealing.c.id == outbox.c.pending, pause.c.campaign == sealing.c.campaign)
        for sealing in (pending, subscriber)
    )
)


def _is_work(database: Database, now_s: int) -> bool:
    """Return whether anything is due or expired: an idle worker then never takes its turn among the writers."""
    due = (outbox.c.state == "queued") & (outbox.c.due <= now_s) & ~_PAUSED
    with database.read() as connection:
        return (
            connection.execute(sa.select(outbox.c.id).where(due | (outbox.c.expires <= now_s)).limit(1)).first()
            is not None
        )


def _claim(database: Database, now_s: int, limit: int) -> list[str]:
    due = sa.select(outbox.c.id).where(outbox.c.state == "queued", outbox.c.due <= now_s, ~_PAUSED)
    expired = sa.select(outbox.c.id).where(outbox.c.expires <= now_s)
    with database.write() as connection:
        _delete(connection, _locked(connection, expired))
        ids = _locked(connection, due.order_by(outbox.c.due, outbox.c.id).limit(limit))
        if ids:
            connection.execute(sa.update(outbox).where(outbox.c.id.in_(ids)).values(due=now_s + CLAIM_S))
    return ids


@dataclass(frozen=True)
class _Way:
    """What the messages of a pass go through."""

    database: Database
    keys: Keys
    transport: Transport
    clock: Clock

    def send(self, ids: Sequence[str], until_s: int) -> list[Outcome]:
        """Send these messages as long as there is time, and write what became of each; the last one tried is last."""
        found = [opened(row, self.keys) for row in _load(self.database, ids)]
        outcomes = [one for one in found if isinstance(one, Outcome)]
        messages = [one for one in found if isinstance(one, Opened)]
        allowed = self._take(messages)
        outcomes += [refused_by_limit(one.row) for one in messages if one not in allowed]
        tried = self._attempt_all(allowed, until_s)
        gone = {outcome.row.id for outcome in tried if outcome.may_have_gone}
        not_gone = [one.message.to for one in allowed if one.row.id not in gone]
        self._settle(outcomes + tried, [one.row.id for one in allowed[len(tried) :]], not_gone)
        return outcomes + tried

    def give_back(self, ids: Sequence[str]) -> None:
        """Leave claimed rows to a later attempt."""
        self._settle([], ids, [])

    def _take(self, messages: list[Opened]) -> list[Opened]:
        """Return those whose addresses may get one more mail, counted; what goes once is marked: its one try begins."""
        if not messages:
            return []
        with self.database.write() as connection:
            may = take(connection, self.keys, [one.message.to for one in messages], self.clock.now())
            allowed = [one for one, is_allowed in zip(messages, may, strict=True) if is_allowed]
            once = [one.row.id for one in allowed if one.row.goes_once]
            if once:
                connection.execute(sa.update(outbox).where(outbox.c.id.in_(once)).values(state="sending"))
        return allowed

    def _attempt_all(self, allowed: list[Opened], until_s: int) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for one in allowed:
            if _now_s(self.clock) >= until_s:
                break
            outcomes.append(attempt(one, self.transport, self.clock.now()))
            if outcomes[-1].fate is Fate.STOPPED:
                break
        return outcomes

    def _settle(self, outcomes: list[Outcome], not_tried: Sequence[str], not_gone: list[str]) -> None:
        """Write what became of the rows. A row that somebody erases just now is left to them."""
        now_s = _now_s(self.clock)
        ids = [outcome.row.id for outcome in outcomes] + list(not_tried)
        with self.database.write() as connection:
            give_back(connection, self.keys, not_gone, self.clock.now())
            ours = set(_locked(connection, sa.select(outbox.c.id).where(outbox.c.id.in_(ids)).order_by(outbox.c.id)))
            kept = [outcome for outcome in outcomes if outcome.row.id in ours]
            _delete(connection, [outcome.row.id for outcome in kept if _is_over(outcome)])
            for outcome in kept:
                if not _is_over(outcome):
                    row = sa.update(outbox).where(outbox.c.id == outcome.row.id)
                    connection.execute(row.values(_after(outcome, now_s)))
            given_back = sa.update(outbox).where(outbox.c.id.in_(sorted(ours.intersection(not_tried))))
            connection.execute(given_back.values(due=now_s + BACKOFF_S[0], state="queued"))


def _load(database: Database, ids: Sequence[str]) -> list[Waiting]:
    """Return claimed rows with their keys: those of the pending row, or, of news, of the one who asked for them."""
    joined = sa.outerjoin(outbox, pending, outbox.c.pending == pending.c.id)
    joined = joined.outerjoin(subscriber, outbox.c.pending == subscriber.c.id)
    key = [sa.func.coalesce(pending.c[name], subscriber.c[name]) for name in ("kek", "wrapped_key")]
    columns = (outbox.c.id, outbox.c.attempts, outbox.c.sealed, outbox.c.pending, *key, subscriber.c.id.is_not(None))
    statement = sa.select(*columns).select_from(joined).where(outbox.c.id.in_(ids)).order_by(outbox.c.id)
    with database.read() as connection:
        return [Waiting(*row) for row in connection.execute(statement)]


def _is_over(outcome: Outcome) -> bool:
    lost = outcome.row.goes_once and outcome.may_have_gone
    return lost or outcome.fate in (Fate.SENT, Fate.DROPPED)


def _after(outcome: Outcome, now_s: int) -> dict[str, Any]:
    pause_s = BACKOFF_S[min(outcome.row.attempts, len(BACKOFF_S) - 1)]
    return {
        "state": "dead" if outcome.fate is Fate.DEAD else "queued",
        "attempts": outcome.row.attempts + 1,
        "due": now_s + round(pause_s * JITTER.uniform(1, 1.5)),  # so that it does not tell when the form was sent
        "error_class": outcome.error_class,
    }


def _locked(connection: sa.Connection, ids: sa.Select[tuple[str]]) -> list[str]:
    """Return the ids that nobody else holds and hold them: who waits for nobody deadlocks with nobody."""
    return list(connection.scalars(ids.with_for_update(skip_locked=True)))  # SQLite: the transaction holds all rows


def _delete(connection: sa.Connection, ids: list[str]) -> None:
    if ids:
        connection.execute(sa.delete(outbox).where(outbox.c.id.in_(ids)))


def _now_s(clock: Clock) -> int:
    return int(clock.now().timestamp())
