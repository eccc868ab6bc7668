"""Which keys may sign: what the log says of them, and the deciding of a rotation (docs/log_format.md section 6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from service.errors import Refused
from service.eventlog.catalogue import decode
from service.eventlog.events import LOG_STREAM, KeyRotated, LogOpened
from service.store.tables import event, log_head

BOTH_SIGN_DAYS = 90  # after a planned rotation, for those who pinned the old key


@dataclass(frozen=True)
class SigningKey:
    """A key as the log names it."""

    role: str  # log promise
    vkey: str
    replaced: str = ""  # the day of its planned replacement

    @property
    def id(self) -> str:
        """Return the key's id, 8 hex digits."""
        return self.vkey.split("+", 2)[1]  # a name holds no plus sign, base64 may

    def is_in_use(self, day: str) -> bool:
        """Return whether it may sign on a day."""
        return not self.replaced or (date.fromisoformat(day) - date.fromisoformat(self.replaced)).days <= BOTH_SIGN_DAYS


@dataclass(frozen=True)
class SigningState:
    """The log's own stream: its keys, oldest first, and its version."""

    keys: tuple[SigningKey, ...] = ()
    version: int = 0

    @staticmethod
    def load(events: Iterable[Any]) -> SigningState:
        """Return what a stream of events makes."""
        state = SigningState()
        for one in events:
            state = apply(state, one)
        return state

    def in_use(self, role: str, day: str) -> tuple[SigningKey, ...]:
        """Return the keys of a role that sign on a day, the newest last."""
        return tuple(key for key in self.keys if key.role == role and key.is_in_use(day))

    def rotate(self, rotated: KeyRotated) -> KeyRotated:
        """Return the event of a rotation. :raises Refused: if it replaces no key in use, or by one used before."""
        in_use = {key.id: key.vkey for key in self.in_use(rotated.role, rotated.day)}
        if rotated.replaces not in in_use:
            raise Refused(f"{rotated.replaces} is no {rotated.role} key in use: {', '.join(in_use)} can be replaced.")
        if any(key.vkey == rotated.key for key in self.keys):
            raise Refused("This key was used before: make a new one with `petition keys next`.")
        return rotated


def apply(state: SigningState, one: Any) -> SigningState:
    """Return the keys after an event of the log's own stream, whatever the rules of today are."""
    keys = state.keys
    if isinstance(one, LogOpened):
        keys = (SigningKey("log", one.log_key), SigningKey("promise", one.promise_key))
    elif isinstance(one, KeyRotated):
        kept = (key if key.id != one.replaces or key.role != one.role else _replaced(key, one) for key in keys)
        keys = (*(key for key in kept if key is not None), SigningKey(one.role, one.key))
    return SigningState(keys, state.version + 1)


def signing_state(connection: sa.Connection) -> SigningState:
    """Return what the log says of its keys."""
    chosen = sa.select(event.c.topic, event.c.state).where(event.c.stream == LOG_STREAM).order_by(event.c.version)
    return SigningState.load(decode(row.topic, bytes(row.state)) for row in connection.execute(chosen))


def vkeys_in_use(connection: sa.Connection, role: str) -> tuple[str, ...]:
    """Return the verifier keys of a role that sign now, newest last: by the newest day in the log, as auditors do."""
    day = connection.execute(sa.select(log_head.c.newest_day)).scalar() or ""
    return tuple(key.vkey for key in signing_state(connection).in_use(role, day))


def _replaced(key: SigningKey, one: KeyRotated) -> SigningKey | None:
    """Return the key as it is after it was replaced: one that was lost or stolen is dropped at once."""
    return replace(key, replaced=key.replaced or one.day) if one.reason == "planned" else None
