"""Showing who one is: name, password and second factor, with a wait that grows with the tries that failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from service.desk.accounts import Actor, open_person
from service.desk.passwords import is_right, rehashed
from service.desk.requests import Desk
from service.desk.second_factor import recovery_hash, step_of
from service.desk.tables import account, recovery_code
from service.errors import PetitionError

FREE_TRIES = 5  # that fail before the account waits
FIRST_WAIT_S = 60  # doubled with each further one
WAIT_MAX_S = 3600


class SignInRefused(PetitionError):
    """The name, the password or the code is wrong."""

    code, status = "sign-in-refused", 403


class TooManyTries(SignInRefused):
    """Too many tries failed."""

    code, status = "too-many-tries", 429


@dataclass(frozen=True)
class Credentials:
    """What somebody shows: an authenticator's code, or one of their recovery codes."""

    name: str
    password: str = field(repr=False)
    code: str = field(repr=False)


def sign_in(desk: Desk, shown: Credentials, now: datetime) -> Actor:
    """Return who this is. Each code is accepted once, and each try counts until one succeeds.

    :raises SignInRefused: in the same words for whatever of the three is wrong; and if the code was used before.
    :raises TooManyTries: while the account waits; then nothing is looked at.
    """
    row = _begin(desk, shown.name, now)
    right = is_right(row["password"] if row else "", shown.password)
    if row is None or not right or row["state"] == "closed":
        raise SignInRefused
    step = step_of(open_person(desk.keys, row)["totp"], shown.code, now)
    return _finish(desk, row, shown, step)


def _begin(desk: Desk, name: str, now: datetime) -> sa.RowMapping | None:
    """Count the try before it is looked at, so that many at once are as many."""
    with desk.log.database.write() as connection:
        chosen = sa.select(account).where(account.c.name == name).with_for_update()
        row = connection.execute(chosen).mappings().one_or_none()
        if row is None:
            return None
        now_s = int(now.timestamp())
        if row["locked_until"] > now_s:
            until = datetime.fromtimestamp(row["locked_until"], UTC)
            raise TooManyTries(f"Too many tries failed: try again after {until:%H:%M:%S} UTC.")
        failed = row["failed"] + 1
        counted = {"failed": failed, "locked_until": now_s + _wait_s(failed)}
        connection.execute(sa.update(account).where(account.c.id == row["id"]).values(counted))
        return row


def _wait_s(failed: int) -> int:
    over = failed - FREE_TRIES
    return min(WAIT_MAX_S, FIRST_WAIT_S * 2 ** min(over, 10)) if over >= 0 else 0


def _finish(desk: Desk, row: sa.RowMapping, shown: Credentials, step: int | None) -> Actor:
    """Use the code up, which only one can do, and forget the failed tries."""
    kept = {"failed": 0, "locked_until": 0, "password": rehashed(row["password"], shown.password)}
    unchanged = (account.c.id == row["id"]) & (account.c.password == row["password"])
    with desk.log.database.write() as connection:
        if step is None:
            _use_recovery_code(connection, row["id"], shown.code)
        else:
            kept["used_step"] = step
            unchanged &= account.c.used_step < step
        used = connection.execute(sa.update(account).where(unchanged).values(kept))
        if not used.rowcount:
            raise SignInRefused("This code was used before: wait for the next one.")
        now_is = connection.execute(sa.select(account.c.state, account.c.roles).where(account.c.id == row["id"])).one()
        if now_is.state != "active":
            raise SignInRefused(f"The account {row['name']} is {now_is.state}: an administrator can say why.")
        return Actor(row["id"], row["name"], frozenset(now_is.roles.split()))


def _use_recovery_code(connection: sa.Connection, account_id: str, code: str) -> None:
    this = (recovery_code.c.account == account_id) & (recovery_code.c.hash == recovery_hash(account_id, code))
    if not connection.execute(sa.delete(recovery_code).where(this)).rowcount:
        raise SignInRefused
