"""One attempt to send one message, and what becomes of its row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from service.outbox.delivery import Refused, Transport, Uncertain, Undelivered, Unreachable
from service.outbox.message import Message, MessageMalformed
from service.vault.kek_files import KeyMissing
from service.vault.keys import Keys
from service.vault.sealing import SealBroken, unseal, unwrap


class Fate(Enum):
    """What becomes of a row after an attempt."""

    SENT = auto()  # deleted
    DROPPED = auto()  # deleted: too many mails to this address, or nothing left that could open it
    LATER = auto()  # due again after a while
    STOPPED = auto()  # the same, and the others need not be tried now
    DEAD = auto()  # kept until it expires, for the operator to see and retry


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claimed row with the key that opens it (none: the pending row was used or erased)."""

    id: str
    attempts: int
    sealed: bytes
    pending: str
    kek: int | None
    wrapped_key: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to; `error_class` never holds a server's words."""

    row: Waiting
    fate: Fate
    error_class: str = ""


def attempt(row: Waiting, keys: Keys, transport: Transport, now: datetime) -> Outcome:
    """Open a row and hand its message over. One row's trouble, whatever it is, stays that row's."""
    if row.kek is None or row.wrapped_key is None:
        return Outcome(row, Fate.DROPPED)
    try:
        message = _opened(row, keys, row.kek, row.wrapped_key)
        return Outcome(row, _deliver(message, transport, now))
    except (SealBroken, KeyMissing):
        return Outcome(row, Fate.DEAD, "unreadable")
    except MessageMalformed:
        return Outcome(row, Fate.DEAD, "malformed")
    except Undelivered as error:
        return Outcome(row, _fate_of(error), error.error_class)
    except Exception as error:  # kept and shown by its class: the queue goes on behind it
        return Outcome(row, Fate.LATER, type(error).__name__)


def _opened(row: Waiting, keys: Keys, kek: int, wrapped_key: bytes) -> Message:
    data_key = unwrap(keys, kek, wrapped_key, row.pending.encode())
    return Message.from_record(unseal(data_key, row.sealed, b"outbox\0" + row.id.encode()))


def _deliver(message: Message, transport: Transport, now: datetime) -> Fate:
    if not transport.flood.allows(message.to, now):
        return Fate.DROPPED  # the links in the earlier mails work
    try:
        transport.deliver(message, now)
    except Uncertain:
        transport.flood.count(message.to, now)
        raise
    transport.flood.count(message.to, now)
    return Fate.SENT


def _fate_of(error: Undelivered) -> Fate:
    if isinstance(error, Refused):
        return Fate.DEAD
    return Fate.STOPPED if isinstance(error, Unreachable) else Fate.LATER
