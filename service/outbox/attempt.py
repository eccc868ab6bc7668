"""One attempt to send one message, and what becomes of its row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from service.outbox.delivery import Refused, Transport, Uncertain, Undelivered, Unreachable
from service.outbox.message import Message, MessageMalformed, with_a_label
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
    goes_once: bool  # rather lost than sent twice


@dataclass(frozen=True, slots=True)
class Opened:
    """A row whose message can be handed over."""

    row: Waiting
    message: Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to; `error_class` never holds a server's words."""

    row: Waiting
    fate: Fate
    error_class: str = ""
    may_have_gone: bool = False


def opened(row: Waiting, keys: Keys) -> Opened | Outcome:
    """Open a row: its message, or what becomes of a row that has none."""
    if row.kek is None or row.wrapped_key is None:
        return Outcome(row, Fate.DROPPED)
    try:
        data_key = unwrap(keys, row.kek, row.wrapped_key, row.pending.encode())
        message = Message.from_record(unseal(data_key, row.sealed, b"outbox\0" + row.id.encode()))
        with_a_label(message.to)
        return Opened(row, message)
    except (SealBroken, KeyMissing):
        return Outcome(row, Fate.DEAD, "unreadable")
    except MessageMalformed:
        return Outcome(row, Fate.DEAD, "malformed")


def refused_by_limit(row: Waiting) -> Outcome:
    """Return what becomes of a mail to an address that got enough: earlier links work, and news can wait."""
    return Outcome(row, Fate.LATER if row.goes_once else Fate.DROPPED, "too-many")


def attempt(one: Opened, transport: Transport, now: datetime) -> Outcome:
    """Hand a message over. One row's trouble, whatever it is, stays that row's."""
    row = one.row
    try:
        transport.deliver(one.message, now)
        return Outcome(row, Fate.SENT, may_have_gone=True)
    except MessageMalformed:
        return Outcome(row, Fate.DEAD, "malformed")
    except Undelivered as error:
        return Outcome(row, _fate_of(error), error.error_class, may_have_gone=isinstance(error, Uncertain))
    except Exception as error:  # kept and shown by its class: the queue goes on behind it
        return Outcome(row, Fate.LATER, type(error).__name__, may_have_gone=row.goes_once)


def _fate_of(error: Undelivered) -> Fate:
    if isinstance(error, Refused):
        return Fate.DEAD
    return Fate.STOPPED if isinstance(error, Unreachable) else Fate.LATER
