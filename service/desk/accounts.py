"""Accounts: made by an administrator, kept sealed, ended by their holder or an administrator."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from service.desk.access_record import note
from service.desk.passwords import hash_password
from service.desk.requests import Desk, Forbidden
from service.desk.roles import ADMINISTRATOR
from service.desk.second_factor import new_recovery_codes, new_secret, recovery_hash
from service.desk.tables import account, founder, recovery_code
from service.errors import NotFound, Refused
from service.vault.keys import Keys
from service.vault.sealing import new_key, seal, unseal, unwrap, wrap

NAME = re.compile(r"[a-z][a-z0-9-]{1,31}")
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Actor:
    """Somebody who has just shown password and second factor."""

    account: str
    name: str
    roles: frozenset[str]


@dataclass(frozen=True)
class NewAccount:
    """Who gets an account, as they say it themselves."""

    name: str  # the short handle
    person: str
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Enrolment:
    """What a new account's holder must take down now: it is shown once."""

    account: str
    secret: str = field(repr=False)
    recovery_codes: list[str] = field(repr=False)


@dataclass(frozen=True)
class AccountView:
    """An account, without what is sealed."""

    id: str
    name: str
    roles: frozenset[str]
    state: str  # active disabled closed


def found(desk: Desk, new: NewAccount, day: str) -> Enrolment:
    """Make the first account of an installation; it is administrator. :raises Refused: if there was one before."""
    password = hash_password(new.password)
    with desk.log.database.write() as connection:
        made = _insert(connection, desk.keys, new, password)
        take_founder(connection, 1, made.account)
        connection.execute(sa.update(account).where(account.c.id == made.account).values(roles=ADMINISTRATOR))
        note(connection, made.account, "first account", day)
    return made


def add(desk: Desk, new: NewAccount, by: Actor, day: str) -> Enrolment:
    """Make an account without a role: a role is given by two people.

    :raises Forbidden: if an administrator does not ask for it.
    :raises Refused: if the name is taken or cannot be one, or the password is too short.
    """
    password = hash_password(new.password)
    with desk.log.database.write() as connection:
        demand_role(roles_now(connection, by.account), {ADMINISTRATOR})
        made = _insert(connection, desk.keys, new, password)
        note(connection, by.account, "account added", day)
    return made


def take_founder(connection: sa.Connection, number: int, account_id: str) -> None:
    """Take one of the two places of those with whom the desk begins. :raises Refused: if it was taken before."""
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(founder).values(number=number, account=account_id))
    except sa.exc.IntegrityError as error:
        raise Refused("The desk has its first accounts already: an administrator adds others, with --as.") from error


def founders(connection: sa.Connection) -> int:
    """Return how many of the two first administrators there are."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(founder)).scalar_one())


def administrators(connection: sa.Connection, *, lock: bool = False) -> set[str]:
    """Return the administrators who are active; `lock`: and keep them so until the transaction ends."""
    chosen = sa.select(account.c.id, account.c.roles).where(account.c.state == "active").order_by(account.c.id)
    rows = connection.execute(chosen.with_for_update() if lock else chosen).all()
    return {row.id for row in rows if ADMINISTRATOR in row.roles.split()}


def roles_now(connection: sa.Connection, account_id: str) -> frozenset[str]:
    """Return the roles that an account has at this moment; none unless it is active."""
    chosen = sa.select(account.c.roles).where(account.c.id == account_id, account.c.state == "active")
    return frozenset((connection.execute(chosen).scalar() or "").split())


def demand_role(roles: frozenset[str], wanted: set[str] | frozenset[str]) -> None:
    """Check that one of the wanted roles is there. :raises Forbidden: naming them."""
    if not roles & wanted:
        raise Forbidden(f"This needs the role {' or '.join(sorted(wanted))}: `petition account roles` explains them.")


def account_row(connection: sa.Connection, name: str) -> sa.RowMapping:
    """Return the row of the account of this name. :raises NotFound: if there is none."""
    row = connection.execute(sa.select(account).where(account.c.name == name)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no account {name}: `petition account list` shows those there are.")
    return row


def accounts(connection: sa.Connection) -> list[AccountView]:
    """Return all accounts by name; nothing that is sealed."""
    rows = connection.execute(sa.select(account).order_by(account.c.name)).mappings()
    return [AccountView(row["id"], row["name"], frozenset(row["roles"].split()), row["state"]) for row in rows]


def show_person(desk: Desk, actor: Actor, name: str, day: str) -> dict[str, str]:
    """Return who holds an account and how many recovery codes are left, and note that it was shown.

    :raises NotFound: if there is no such account.
    :raises Forbidden: unless its holder or an administrator asks.
    """
    with desk.log.database.write() as connection:
        row = account_row(connection, name)
        if row["id"] != actor.account:
            demand_role(roles_now(connection, actor.account), {ADMINISTRATOR})
            note(connection, actor.account, "account shown", day)
        left = sa.select(sa.func.count()).select_from(recovery_code).where(recovery_code.c.account == row["id"])
        person = open_person(desk.keys, row)
        count = connection.execute(left).scalar_one()
    return {"person": person["person"], "e-mail": person["email"], "recovery codes": f"{count} left"}


def names_of(connection: sa.Connection, ids: set[str]) -> dict[str, str]:
    """Return the names of accounts by id; one that is gone has none."""
    rows = connection.execute(sa.select(account.c.id, account.c.name).where(account.c.id.in_(sorted(ids))))
    return {row.id: row.name for row in rows}


def open_person(keys: Keys, row: sa.RowMapping) -> dict[str, Any]:
    """Return what is sealed: ``person``, ``email``, and ``totp``, the secret of the second factor."""
    associated = account_associated(row["id"])
    return unseal(unwrap(keys, row["kek"], row["wrapped_key"], associated), row["sealed"], associated)


def sealed_person(keys: Keys, account_id: str, person: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that hold a person sealed under a new key of their own."""
    associated, data_key = account_associated(account_id), new_key()
    kek, wrapped = wrap(keys, data_key, associated)
    return {"kek": kek, "wrapped_key": wrapped, "sealed": seal(data_key, person, associated)}


def put_recovery_codes(connection: sa.Connection, account_id: str) -> list[str]:
    """Put ten new recovery codes in place of those there were, and return them."""
    codes = new_recovery_codes()
    connection.execute(sa.delete(recovery_code).where(recovery_code.c.account == account_id))
    rows = [{"account": account_id, "hash": recovery_hash(account_id, code)} for code in codes]
    connection.execute(sa.insert(recovery_code), rows)
    return codes


def _insert(connection: sa.Connection, keys: Keys, new: NewAccount, password: str) -> Enrolment:
    if not NAME.fullmatch(new.name):
        raise Refused("an account's name has 2 to 32 characters a-z, 0-9 and -, and begins with a letter")
    account_id, secret = "a_" + "".join(secrets.choice(_ALPHABET) for _ in range(10)), new_secret()
    person = {"person": new.person, "email": new.email, "totp": secret}
    row = {"id": account_id, "name": new.name, "state": "active", "password": password}
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(account).values(**row, **sealed_person(keys, account_id, person)))
    except sa.exc.IntegrityError as error:
        raise Refused(f"the name {new.name} is taken: choose another") from error
    return Enrolment(account_id, secret, put_recovery_codes(connection, account_id))


def account_associated(account_id: str) -> bytes:
    """Return the associated data of what an account seals: it opens as no other account's."""
    return b"account\0" + account_id.encode()
