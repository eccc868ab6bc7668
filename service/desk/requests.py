"""What a request of two people is: its kinds, who may ask and approve, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.errors import PetitionError, Refused
from service.eventlog.log import PetitionLog
from service.vault.keys import Keys

Params = dict[str, Any]  # exact, as canonical JSON can hold it: what is approved is fixed by hashes


class Forbidden(PetitionError):
    """This account may not do that."""

    code, status = "forbidden", 403


class RequestStale(PetitionError):
    """What was asked for is no longer what would happen."""

    code, status = "request-stale", 409


@dataclass(frozen=True)
class Inside:
    """A running transaction of the log: what is asked and done in it happens as one, or not at all."""

    connection: sa.Connection
    log: PetitionLog
    keys: Keys
    now: datetime


@dataclass(frozen=True)
class Approvals:
    """Two different people who want the same thing: the one who asked, and the one who approved."""

    asked_by: str
    approved_by: str

    def __post_init__(self) -> None:
        if not self.asked_by or not self.approved_by or self.asked_by == self.approved_by:
            raise Forbidden("Nobody approves what they asked for themselves: another person has to.")

    @property
    def number(self) -> int:
        """Return how many people approved, as events state it."""
        return len(self.people)

    @property
    def people(self) -> frozenset[str]:
        """Return who they are, by their accounts' random ids."""
        return frozenset({self.asked_by, self.approved_by})


def nobody(inside: Inside, params: Params) -> set[str]:
    """Bar nobody beside the one who asked."""
    return set()


def as_asked(desk: Desk, params: Params) -> Params:
    """Work out nothing: what is asked for says it all."""
    return params


@dataclass(frozen=True)
class RequestKind:
    """One thing that needs two people, given by the room whose action it is.

    ``describe`` says what will happen, with every number and hash that it rests on; it is computed again when the
    request is approved, and a different answer refuses it. ``perform`` runs in the transaction that marks the request
    as done, and says what it did; it MUST NOT touch anything but the database. ``prepare`` adds to the parameters what
    takes long to read and never changes, before any transaction is open; it MUST give the same each time.
    """

    name: str
    ask_roles: frozenset[str]
    approve_roles: frozenset[str]  # empty: any account that is not barred
    describe: Callable[[Inside, Params], Sequence[str]]
    perform: Callable[[Inside, Params, Approvals], str]
    barred: Callable[[Inside, Params], set[str]] = nobody  # accounts that may not approve
    prepare: Callable[[Desk, Params], Params] = as_asked


@dataclass(frozen=True)
class Desk:
    """What the desk works with."""

    log: PetitionLog
    keys: Keys
    kinds: Sequence[RequestKind]

    def kind(self, name: str) -> RequestKind:
        """Return a kind of request. :raises Refused: if this version has none of this name."""
        for kind in self.kinds:
            if kind.name == name:
                return kind
        raise Refused(f"this version knows no request of the kind {name}")

    def inside(self, connection: sa.Connection, now: datetime) -> Inside:
        """Return a running transaction as requests are given it."""
        return Inside(connection, self.log, self.keys, now)
