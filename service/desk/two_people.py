"""The two-person rule (DESIGN.md invariant 11): one asks, another approves, and then it is done, exactly once."""

from __future__ import annotations

import json
import secrets
import string
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.clock import day_of
from service.desk.access_record import note
from service.desk.accounts import Actor, demand_role, roles_now
from service.desk.requests import Approvals, Desk, Forbidden, Inside, Params, RequestStale
from service.desk.sign_in import Credentials, sign_in
from service.desk.tables import request
from service.errors import NotFound, PetitionError, Refused
from service.eventlog.canonical import canonical, document_hash

EXPIRES_AFTER_S = 48 * 3600  # PAGES.md section 6
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Request:
    """A request as it was asked, and what became of it."""

    id: str
    kind: str
    params: Params
    says: list[str]
    asked_by: str
    asked_at: int  # POSIX seconds
    expires: int  # POSIX seconds
    state: str  # open refused expired done
    decided_by: str
    outcome: str

    @property
    def hash(self) -> str:
        """Return the SHA-256 of what it says: who approves can compare it with the one who asked."""
        return document_hash("\n".join(self.says).encode())


def ask(desk: Desk, actor: Actor, kind_name: str, params: Params, now: datetime) -> Request:
    """Ask for something that another person has to approve within 48 hours.

    :raises Forbidden: if the account has no role that may ask for it.
    :raises PetitionError: if it could not be done now, with the reason.
    """
    kind = desk.kind(kind_name)
    demand_role(actor.roles, kind.ask_roles)  # before what may take long; inside, the roles of that moment count
    params = kind.prepare(desk, params)
    with desk.log.transaction() as connection:
        demand_role(roles_now(connection, actor.account), kind.ask_roles)
        says = "\n".join(kind.describe(desk.inside(connection, now), params))
        request_id, asked_at = "r_" + "".join(secrets.choice(_ALPHABET) for _ in range(10)), int(now.timestamp())
        row = {
            "id": request_id,
            "kind": kind.name,
            "params": canonical(params).decode(),
            "says": says,
            "asked_by": actor.account,
            "asked_at": asked_at,
            "expires": asked_at + EXPIRES_AFTER_S,
            "state": "open",
        }
        connection.execute(sa.insert(request).values(row))
        note(connection, actor.account, f"{kind.name} asked", day_of(now), about=(request_id, 1))
        return _by_id(connection, request_id, now)


def approve(desk: Desk, request_id: str, shown: Credentials, now: datetime) -> str:
    """Approve a request with a second factor shown for it alone, do it in the same transaction, and say what was done.

    :raises SignInRefused: if the credentials are wrong or the code was used before.
    :raises Forbidden: if this is who asked, has no role for it, or is barred, as by having composed the letter.
    :raises RequestStale: if something that the request rests on changed.
    :raises Refused: if it is not open any more, or cannot be done.
    """
    actor = sign_in(desk, shown, now)
    prepared = _prepared(desk, request_id, now)
    with desk.log.transaction() as connection:
        asked = _by_id(connection, request_id, now, lock=True)
        _demand_open(asked)
        approvals = Approvals(asked.asked_by, actor.account)
        inside = desk.inside(connection, now)
        _demand_may_decide(desk, inside, asked, actor)
        _demand_could_still_ask(desk, inside, asked)
        _demand_unchanged(desk, inside, replace(asked, params=prepared))
        outcome = desk.kind(asked.kind).perform(inside, prepared, approvals)
        _decide(connection, replace(asked, state="done", decided_by=actor.account, outcome=outcome))
        note(connection, actor.account, f"{asked.kind} approved", day_of(now), about=(asked.id, approvals.number))
    return outcome


def refuse(desk: Desk, request_id: str, actor: Actor, now: datetime) -> None:
    """Refuse a request, or take one's own back: it can then no longer be approved.

    :raises Forbidden: if the account neither asked for it nor may approve it.
    :raises Refused: if it is not open any more.
    """
    with desk.log.transaction() as connection:
        asked = _by_id(connection, request_id, now, lock=True)
        _demand_open(asked)
        if asked.asked_by != actor.account:
            _demand_may_decide(desk, desk.inside(connection, now), asked, actor)
        _decide(connection, replace(asked, state="refused", decided_by=actor.account))
        note(connection, actor.account, f"{asked.kind} refused", day_of(now), about=(asked.id, 1))


def is_stale(desk: Desk, asked: Request, now: datetime) -> str:
    """Return why an open request could not be done now, or "" if it could."""
    with desk.log.transaction() as connection:
        try:
            _demand_unchanged(desk, desk.inside(connection, now), asked)
        except PetitionError as error:
            return str(error)
    return ""


def request_by_id(connection: sa.Connection, request_id: str, now: datetime) -> Request:
    """Return a request. :raises NotFound: if there is none."""
    return _by_id(connection, request_id, now)


def requests(connection: sa.Connection, now: datetime) -> list[Request]:
    """Return all requests that are kept, the newest first."""
    rows = connection.execute(sa.select(request).order_by(request.c.asked_at.desc(), request.c.id)).mappings()
    return [_view(row, now) for row in rows]


def _by_id(connection: sa.Connection, request_id: str, now: datetime, *, lock: bool = False) -> Request:
    chosen = sa.select(request).where(request.c.id == request_id)
    row = connection.execute(chosen.with_for_update() if lock else chosen).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no request {request_id}: `petition request list` shows those there are.")
    return _view(row, now)


def _prepared(desk: Desk, request_id: str, now: datetime) -> Params:
    """Work out again what the request rests on: what would be done follows from the log, not from a row."""
    with desk.log.database.read() as connection:
        asked = _by_id(connection, request_id, now)
    _demand_open(asked)
    return desk.kind(asked.kind).prepare(desk, asked.params)


def _view(row: sa.RowMapping, now: datetime) -> Request:
    values: dict[str, Any] = dict(row)
    values |= {"params": json.loads(row["params"]), "says": row["says"].split("\n")}
    if row["state"] == "open" and row["expires"] <= now.timestamp():
        values["state"] = "expired"
    return Request(**values)


def _demand_open(asked: Request) -> None:
    if asked.state != "open":
        raise Refused(f"The request {asked.id} is {asked.state}: ask again if it is still wanted.")


def _demand_may_decide(desk: Desk, inside: Inside, asked: Request, actor: Actor) -> None:
    """Check the roles of this moment, and that it is not about the account's own work or itself."""
    kind = desk.kind(asked.kind)
    if kind.approve_roles:
        demand_role(roles_now(inside.connection, actor.account), kind.approve_roles)
    if actor.account in kind.barred(inside, asked.params):
        raise Forbidden("This account may not decide on this request: it is about its own work or itself.")


def _demand_could_still_ask(desk: Desk, inside: Inside, asked: Request) -> None:
    if not roles_now(inside.connection, asked.asked_by) & desk.kind(asked.kind).ask_roles:
        raise Forbidden("Who asked for it could not ask for it any more: the account is disabled or lost its role.")


def _demand_unchanged(desk: Desk, inside: Inside, asked: Request) -> None:
    says = list(desk.kind(asked.kind).describe(inside, asked.params))
    if says != asked.says:
        changed = "; ".join(line for line in says if line not in asked.says) or "something is gone"
        raise RequestStale(f"The request {asked.id} is stale: what it rests on changed ({changed}). Ask again.")


def _decide(connection: sa.Connection, decided: Request) -> None:
    """Write the decision: the condition lets one be first, the table's check wants two people."""
    values = {"state": decided.state, "decided_by": decided.decided_by, "outcome": decided.outcome}
    this = (request.c.id == decided.id) & (request.c.state == "open")
    if not connection.execute(sa.update(request).where(this).values(values)).rowcount:
        raise Refused(f"The request {decided.id} was decided a moment ago by somebody else.")
