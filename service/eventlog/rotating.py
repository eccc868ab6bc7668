"""Replacing a key that signs, as two people decide it (docs/log_format.md section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.errors import Refused
from service.eventlog.events import LOG_STREAM, KeyRotated
from service.eventlog.log import PetitionLog
from service.eventlog.signing import BOTH_SIGN_DAYS, SigningState

APPROVALS_MIN = 2  # DESIGN.md invariant 11
REASONS = ("planned", "lost", "stolen")


@dataclass(frozen=True)
class RotateKey:
    """Replace a key in use by another."""

    role: Any  # log promise
    key: str  # the new verifier key
    replaces: str  # 8 hex digits
    reason: Any  # planned lost stolen
    now: datetime


def describe_rotation(command: RotateKey, log: PetitionLog, day: str) -> list[str]:
    """Return what the rotation would mean. :raises Refused: if it cannot be done."""
    _decided(command, log, day)
    planned = f"The old one signs beside it for {BOTH_SIGN_DAYS} days, then the new one alone."
    ends = planned if command.reason == "planned" else f"The old one is dropped at once: it was {command.reason}."
    return [f"The {command.role} key {command.replaces} is replaced by {command.key}.", ends]


def rotate_key(command: RotateKey, log: PetitionLog, connection: sa.Connection, approvals: int) -> None:
    """Append `key.rotated`, inside a running `log.transaction()`.

    :raises Refused: if fewer than two people approved, the old key is not in use, or the new one was before.
    """
    if approvals < APPROVALS_MIN:
        raise Refused("a key is replaced by two people")
    # the append lock is taken by `day`, so nobody rotates in between
    state, event = _decided(command, log, log.day(connection, command.now))
    log.append(event, state.version + 1)


def _decided(command: RotateKey, log: PetitionLog, day: str) -> tuple[SigningState, KeyRotated]:
    state = SigningState.load(one.event for one in log.stream(LOG_STREAM))
    event = KeyRotated(
        day=day, role=command.role, key=command.key, replaces=command.replaces, reason=command.reason
    )
    return state, state.rotate(event)
