"""What holders of accounts do with their own, and how an account ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.clock import day_of
from service.desk.access_record import note
from service.desk.accounts import (
    Actor,
    account_row,
    demand_role,
    open_person,
    put_recovery_codes,
    roles_now,
    sealed_person,
)
from service.desk.passwords import hash_password
from service.desk.requests import Desk
from service.desk.roles import ADMINISTRATOR
from service.desk.second_factor import new_secret
from service.desk.tables import account, recovery_code
from service.errors import Refused


def change_password(desk: Desk, actor: Actor, password: str) -> None:
    """Change one's own password. :raises Refused: if it is too short or too long."""
    _change(desk, actor, {"password": hash_password(password)})


def change_second_factor(desk: Desk, actor: Actor) -> str:
    """Make a new secret for one's own second factor and return it; the old one is of no use any more."""
    secret = new_secret()
    with desk.log.database.write() as connection:
        row = account_row(connection, actor.name)
        person = open_person(desk.keys, row) | {"totp": secret}
        changed = sealed_person(desk.keys, row["id"], person)
        connection.execute(sa.update(account).where(account.c.id == row["id"]).values(changed))
    return secret


def change_recovery_codes(desk: Desk, actor: Actor) -> list[str]:
    """Make ten new recovery codes of one's own and return them; the old ones are of no use any more."""
    with desk.log.database.write() as connection:
        return put_recovery_codes(connection, actor.account)


def disable(desk: Desk, actor: Actor, name: str, now: datetime) -> None:
    """Let an account do nothing from now on, as when its password was stolen; two people make it active again.

    :raises Forbidden: unless its holder or an administrator asks.
    :raises Refused: if it is not active.
    """
    _end(desk, actor, name, {"state": "disabled"}, now)


def close(desk: Desk, actor: Actor, name: str, now: datetime) -> None:
    """Close an account for good; 30 days later nothing of it is left but its random id (PRIVACY.md section 2).

    :raises Forbidden: unless its holder or an administrator asks.
    :raises Refused: if it was closed before.
    """
    _end(desk, actor, name, {"state": "closed", "closed": day_of(now), "password": "", "roles": ""}, now)


def _change(desk: Desk, actor: Actor, values: dict[str, Any]) -> None:
    with desk.log.database.write() as connection:
        connection.execute(sa.update(account).where(account.c.id == actor.account).values(values))


def _end(desk: Desk, actor: Actor, name: str, values: dict[str, Any], now: datetime) -> None:
    with desk.log.database.write() as connection:
        row = account_row(connection, name)
        if row["id"] != actor.account:
            demand_role(roles_now(connection, actor.account), {ADMINISTRATOR})
        before = ["active", "disabled"] if values["state"] == "closed" else ["active"]
        this = (account.c.id == row["id"]) & account.c.state.in_(before)
        if not connection.execute(sa.update(account).where(this).values(values)).rowcount:
            raise Refused(f"the account {name} is {row['state']} already")
        if values["state"] == "closed":
            connection.execute(sa.delete(recovery_code).where(recovery_code.c.account == row["id"]))
        note(connection, actor.account, f"account {values['state']}", day_of(now))
