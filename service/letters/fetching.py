"""Fetching a package with names: each access is an event, and it is locked once it arrived, or after 30 days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.errors import Busy, PetitionError, Refused
from service.eventlog.log import PetitionLog
from service.letters.approval import load_letter
from service.letters.links import LOCKED_AFTER_DAYS, row_of_token
from service.letters.queries import LetterView, letter
from service.store.database import Database
from service.vault.annexes import lock_package, package_associated, standing_members
from service.vault.keys import Keys
from service.vault.sealing import unseal_bytes, unwrap
from service.vault.tables import letter_annex, letter_erased, letter_package


class PackageLocked(PetitionError):
    """This package was received, or its time is over: the names are no longer here."""

    code, status = "package-locked", 423


BEING_MADE = "The package is being made: please try again in a minute."


@dataclass(frozen=True)
class PackageView:
    """What the page behind a link shows."""

    letter: LetterView
    named: int
    is_ready: bool
    opened: int


@dataclass(frozen=True)
class Delivery:
    """A package that is handed out: its file name and bytes, and of which letter."""

    letter: str
    named: int
    file_name: str
    content: bytes


def package_view(connection: sa.Connection, token: str, now: datetime) -> PackageView:
    """Return what a link leads to. :raises NotFound: if it is unknown. :raises PackageLocked: if it is over."""
    row = row_of_token(connection, token)
    _demand_unlocked(row, now)
    return PackageView(letter(connection, row["letter"]), row["named"], _is_ready(connection, row), row["opened"])


def fetch_package(log: PetitionLog, keys: Keys, token: str, now: datetime) -> Delivery:
    """Hand the package out, and state that it was.

    :raises NotFound: if the link is unknown.
    :raises PackageLocked: if it is over.
    :raises Busy: while it is made.
    """
    with log.database.read() as connection:  # what takes long with many names is done before the log is held
        seen = row_of_token(connection, token)
        _demand_unlocked(seen, now)
        if not (_is_ready(connection, seen) and _all_stand(connection, seen)):
            raise Busy(BEING_MADE)
        content = _content(connection, keys, seen)
    with log.transaction() as connection:
        day = log.day(connection, now)
        row = row_of_token(connection, token, lock=True)
        _demand_unlocked(row, now)
        if row["version"] != seen["version"] or not _is_ready(connection, row):
            raise Busy(BEING_MADE)
        found = load_letter(log, row["letter"])
        log.append(found.open_package(day), found.version + 1)
        first = row["opened_at"] or int(now.timestamp())
        _change(connection, row["letter"], {"opened": row["opened"] + 1, "opened_at": first})
        reference = letter(connection, row["letter"]).reference.replace("/", "-")
    return Delivery(row["letter"], row["named"], f"{reference}.zip", content)


def receive_package(log: PetitionLog, token: str, now: datetime) -> str:
    """Lock a package as its addressee says that it arrived, and return the letter's id.

    :raises Refused: if nobody fetched it yet.
    :raises PackageLocked: if it was locked before.
    """
    with log.database.write() as connection:
        row = row_of_token(connection, token, lock=True)
        _demand_unlocked(row, now)
        if not row["opened"]:
            raise Refused("Fetch the package first, then say that it arrived: after that it is gone here.")
        lock_package(connection, row["letter"])
    return str(row["letter"])


def sweep(database: Database, now: datetime) -> int:
    """Lock the packages whose 30 days are over; return how many."""
    due = letter_package.c.opened_at.between(1, _latest(now)) & ~letter_package.c.locked
    with database.read() as connection:
        if connection.execute(sa.select(letter_package.c.letter).where(due).limit(1)).first() is None:
            return 0
    with database.write() as connection:
        letters = connection.scalars(sa.select(letter_package.c.letter).where(due).with_for_update()).all()
        for each in letters:
            lock_package(connection, each)
        return len(letters)


def erased_since(connection: sa.Connection) -> list[sa.RowMapping]:
    """Return letter, entry and day of everybody who was erased after a recipient had the name, and is not told yet."""
    ordered = sa.select(letter_erased).order_by(letter_erased.c.letter, letter_erased.c.entry)
    return list(connection.execute(ordered).mappings())


def told_of_erased(connection: sa.Connection, letter_id: str) -> int:
    """Note that a letter's recipient was told of all who were erased; return how many."""
    return connection.execute(sa.delete(letter_erased).where(letter_erased.c.letter == letter_id)).rowcount


def _is_ready(connection: sa.Connection, row: sa.RowMapping) -> bool:
    """Return whether the file is there, and is of the annex as it is now."""
    annex = sa.select(letter_annex.c.version).where(letter_annex.c.letter == row["letter"])
    return bool(row["has_file"]) and connection.execute(annex).scalar() == row["version"]


def _all_stand(connection: sa.Connection, row: sa.RowMapping) -> bool:
    """Return whether nobody in the file left, also if they left a moment ago and the annex does not know."""
    standing = sa.select(sa.func.count()).select_from(standing_members(row["letter"]).subquery())
    return not row["named"] or int(connection.execute(standing).scalar_one()) == row["named"]


def _content(connection: sa.Connection, keys: Keys, row: sa.RowMapping) -> bytes:
    this = letter_package.c.letter == row["letter"]
    sealed = connection.execute(sa.select(letter_package.c.sealed).where(this)).scalar_one()
    associated = package_associated(row["letter"])
    return unseal_bytes(unwrap(keys, row["kek"], row["wrapped_key"], associated), sealed, associated)


def _demand_unlocked(row: sa.RowMapping, now: datetime) -> None:
    if row["locked"] or 0 < row["opened_at"] <= _latest(now):
        raise PackageLocked


def _latest(now: datetime) -> int:
    return int((now - timedelta(days=LOCKED_AFTER_DAYS)).timestamp())


def _change(connection: sa.Connection, letter_id: str, values: dict[str, Any]) -> None:
    connection.execute(sa.update(letter_package).where(letter_package.c.letter == letter_id).values(values))
