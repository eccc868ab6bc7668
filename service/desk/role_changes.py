"""Roles are given and taken by two administrators; the second of them is made by the first, and agrees themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from service.desk.accounts import Actor, account_row, administrators, founders, take_founder
from service.desk.requests import Approvals, Desk, Inside, Params, RequestKind
from service.desk.roles import ADMINISTRATOR, checked_roles, written
from service.desk.tables import account
from service.desk.two_people import Request, ask
from service.errors import Refused

ADMINISTRATORS = frozenset({ADMINISTRATOR})
ADMINISTRATORS_MIN = 2  # below it nobody could approve a role any more


def ask_for_roles(desk: Desk, actor: Actor, name: str, roles: Iterable[str], now: datetime) -> Request:
    """Ask that an account shall have exactly these roles, and be active. :raises NotFound: if there is no such account.

    :raises Refused: if it has them already, was closed, or too few administrators would be left.
    """
    wanted = checked_roles(roles)
    with desk.log.database.read() as connection:
        row = account_row(connection, name)
        is_second = ADMINISTRATOR in wanted and founders(connection) == 1
    params = {"account": row["id"], "roles": sorted(wanted)}
    return ask(desk, actor, "second-administrator" if is_second else "account-roles", params, now)


def _describe(inside: Inside, params: Params) -> list[str]:
    row = _row(inside, params)
    has, gets = _state(row["state"], row["roles"].split()), _state("active", params["roles"])
    if row["state"] == "closed":
        raise Refused(f"the account {row['name']} was closed: make a new one")
    if has == gets:
        raise Refused(f"the account {row['name']} is that already: {has}")
    _demand_administrators(inside, row, params)
    return [f"Account {row['name']} ({row['id']}) is {has}.", f"It will be {gets}."]


def _describe_second(inside: Inside, params: Params) -> list[str]:
    agreed = "Its holder agrees themselves. From then on two administrators decide on roles, and never this way again."
    return [*_describe(inside, params), agreed]


def _perform(inside: Inside, params: Params, approvals: Approvals) -> str:
    row = _row(inside, params)
    _demand_administrators(inside, row, params)
    values = {"roles": written(params["roles"]), "state": "active"}
    this = (account.c.id == row["id"]) & (account.c.state == row["state"]) & (account.c.roles == row["roles"])
    if not inside.connection.execute(sa.update(account).where(this).values(values)).rowcount:
        raise Refused(f"the account {row['name']} changed just now: ask again")
    return f"{row['name']} is {_state('active', params['roles'])}"


def _perform_second(inside: Inside, params: Params, approvals: Approvals) -> str:
    take_founder(inside.connection, 2, params["account"])
    return _perform(inside, params, approvals)


def _row(inside: Inside, params: Params) -> sa.RowMapping:
    chosen = sa.select(account).where(account.c.id == params["account"])
    row = inside.connection.execute(chosen).mappings().one_or_none()
    if row is None:
        raise Refused("the account is gone")
    return row


def _demand_administrators(inside: Inside, row: sa.RowMapping, params: Params) -> None:
    """Keep two administrators; their rows are locked, so that two requests at once do not leave one."""
    if ADMINISTRATOR not in row["roles"].split() or ADMINISTRATOR in params["roles"] or row["state"] != "active":
        return
    left = administrators(inside.connection, lock=True) - {row["id"]}
    if len(left) < ADMINISTRATORS_MIN:
        raise Refused("two administrators have to be left: without them nobody could approve a role")


def _state(state: str, roles: Iterable[str]) -> str:
    return f"{state}, {written(roles).replace(' ', ', ') or 'without a role'}"


def _the_account_itself(inside: Inside, params: Params) -> set[str]:
    return {str(params["account"])}


def _everybody_else(inside: Inside, params: Params) -> set[str]:
    return set(inside.connection.execute(sa.select(account.c.id)).scalars()) - {params["account"]}


ROLE_KINDS = (
    RequestKind("account-roles", ADMINISTRATORS, ADMINISTRATORS, _describe, _perform, _the_account_itself),
    RequestKind(
        "second-administrator", ADMINISTRATORS, frozenset(), _describe_second, _perform_second, _everybody_else
    ),
)
