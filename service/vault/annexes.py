"""Annex B in the vault: who is in it, what its commitment is opened with, and what becomes of it when somebody leaves.

Whoever leaves takes the seals with them, in the transaction in which they leave: of what is sealed after that, none
opens with a key that an older backup holds (PRIVACY.md section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.store.tables import record
from service.store.tables import signature as signature_table
from service.vault.keys import Keys
from service.vault.sealing import new_key, seal, unseal, unwrap, wrap
from service.vault.tables import letter_annex, letter_erased, letter_name, letter_package

NO_SEAL = {"kek": None, "wrapped_key": None, "sealed": None}
ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Member:
    """Somebody who is named: their signature, the entry that it stands on, and what that entry commits to."""

    signature: str
    entry: int
    commitment: str


@dataclass(frozen=True)
class Annex:
    """The annex of a letter: which version it is, and what opens its commitment; "" if it has to be made anew."""

    letter: str
    campaign: str
    version: int
    settled: int
    r: str  # base64url

    @property
    def is_settled(self) -> bool:
        """Return whether the letter's events state what it holds now."""
        return self.version == self.settled


def annex_associated(letter: str) -> bytes:
    """Return the associated data of an annex's seal and of its wrapped key."""
    return f"letter_annex\0{letter}".encode()


def package_associated(letter: str) -> bytes:
    """Return the associated data of a package that waits and of its wrapped key."""
    return f"letter_package\0{letter}".encode()


def keep_annex(connection: sa.Connection, keys: Keys, annex: Annex, members: Iterable[Member]) -> None:
    """Keep who is in a letter's annex."""
    row = {"letter": annex.letter, "campaign": annex.campaign, "version": annex.version, "settled": annex.settled}
    connection.execute(sa.insert(letter_annex).values(row | _sealed(keys, annex.letter, annex.r)))
    shared = {"letter": annex.letter, "campaign": annex.campaign, "is_named": True}
    rows = [shared | vars(member) for member in members]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        connection.execute(sa.insert(letter_name), rows[start : start + ROWS_AT_ONCE])


def drop_annex(connection: sa.Connection, letter: str) -> None:
    """Delete a letter's annex and the link to it."""
    for table in (letter_annex, letter_name, letter_package, letter_erased):
        connection.execute(sa.delete(table).where(table.c.letter == letter))


def end_annex(connection: sa.Connection, letter: str) -> None:
    """Let a letter's annex and link end because it is not sent: locked if they were fetched, else gone."""
    if was_fetched(connection, letter):
        lock_package(connection, letter)
    else:
        drop_annex(connection, letter)


def was_fetched(connection: sa.Connection, letter: str) -> bool:
    """Return whether somebody has the names of a letter's annex."""
    fetched = (letter_package.c.letter == letter) & (letter_package.c.opened > 0)
    return connection.execute(sa.select(letter_package.c.letter).where(fetched)).first() is not None


def lock_package(connection: sa.Connection, letter: str) -> None:
    """Destroy a package and what opens its commitment; who was named stays known by signature, to tell erasures."""
    locked = sa.update(letter_package).where(letter_package.c.letter == letter)
    connection.execute(locked.values(locked=True, **NO_SEAL))
    over = sa.update(letter_annex).where(letter_annex.c.letter == letter)
    connection.execute(over.values(settled=letter_annex.c.version, **NO_SEAL))


def annex_of(connection: sa.Connection, keys: Keys, letter: str) -> Annex | None:
    """Return a letter's annex, if it has one."""
    chosen = sa.select(letter_annex).where(letter_annex.c.letter == letter)
    row = connection.execute(chosen).mappings().one_or_none()
    if row is None:
        return None
    r = ""
    if row["sealed"] is not None:
        associated = annex_associated(letter)
        r = unseal(unwrap(keys, row["kek"], row["wrapped_key"], associated), row["sealed"], associated)["r"]
    return Annex(letter, row["campaign"], row["version"], row["settled"], r)


def is_settled(connection: sa.Connection, letter: str) -> bool:
    """Return whether a letter's events state what its annex holds now; so do those of a letter without one."""
    locked = sa.select(letter_package.c.letter).where(letter_package.c.locked)  # then nothing is made any more
    unsettled = (letter_annex.c.letter == letter) & (letter_annex.c.version != letter_annex.c.settled)
    unsettled &= letter_annex.c.letter.not_in(locked)
    return connection.execute(sa.select(letter_annex.c.letter).where(unsettled)).first() is None


def settle_annex(connection: sa.Connection, keys: Keys, seen: Annex, r: str, leaves: Iterable[str] = ()) -> bool:
    """Note that the letter's events state what the annex holds, with a new opening value; whoever `leaves` is out.

    Return whether nobody left it meanwhile; if somebody did, nothing is changed.
    """
    this = (letter_annex.c.letter == seen.letter) & (letter_annex.c.version == seen.version)
    values = {"settled": seen.version, **(_sealed(keys, seen.letter, r) if r else NO_SEAL)}
    if not connection.execute(sa.update(letter_annex).where(this).values(values)).rowcount:
        return False
    out = (letter_name.c.letter == seen.letter) & (letter_name.c.signature == sa.bindparam("_signature"))
    rows = [{"_signature": each} for each in leaves]
    if rows:
        connection.execute(sa.update(letter_name).where(out).values(is_named=False), rows)
    return True


def leave_annexes(connection: sa.Connection, signatures: Sequence[str]) -> None:
    """Take people out of every annex, in the transaction in which they withdraw, are found false, or say so."""
    named = letter_name.c.signature.in_(signatures) & letter_name.c.is_named
    chosen = sa.select(letter_name.c.letter).distinct().where(named).order_by(letter_name.c.letter)
    letters = connection.scalars(chosen).all()
    if not letters:
        return
    connection.execute(sa.update(letter_name).where(named).values(is_named=False))
    connection.execute(sa.update(letter_package).where(letter_package.c.letter.in_(letters)).values(NO_SEAL))
    changed = sa.update(letter_annex).where(letter_annex.c.letter.in_(letters))
    connection.execute(changed.values(version=letter_annex.c.version + 1, **NO_SEAL))


def erase_from_annexes(connection: sa.Connection, signature: str, day: str) -> None:
    """Take somebody out for good, in the transaction that erases; note of whom a recipient has the name already."""
    leave_annexes(connection, [signature])
    fetched = (
        sa.select(letter_name.c.letter, letter_name.c.entry, letter_name.c.campaign)
        .join(letter_package, letter_package.c.letter == letter_name.c.letter)
        .where(letter_name.c.signature == signature, letter_package.c.opened > 0)
    )
    for row in connection.execute(fetched).mappings().all():
        connection.execute(sa.insert(letter_erased).values(day=day, **row))
    connection.execute(sa.delete(letter_name).where(letter_name.c.signature == signature))


def standing_members(letter: str) -> sa.Select[Any]:
    """Return what chooses the members of an annex whose signature and record still stand, by entry."""
    joined = letter_name.join(signature_table, signature_table.c.id == letter_name.c.signature).join(
        record,
        (record.c.signature == letter_name.c.signature) & (record.c.commitment == letter_name.c.commitment),
    )
    standing = (letter_name.c.letter == letter) & letter_name.c.is_named & (signature_table.c.state == "active")
    return sa.select(letter_name.c.entry, record).select_from(joined).where(standing).order_by(letter_name.c.entry)


def forget_annexes(connection: sa.Connection, campaign: str) -> None:
    """Delete all annexes of an appeal, their links, and who was in them."""
    for table in (letter_annex, letter_name, letter_package, letter_erased):
        connection.execute(sa.delete(table).where(table.c.campaign == campaign))


def _sealed(keys: Keys, letter: str, r: str) -> dict[str, Any]:
    data_key, associated = new_key(), annex_associated(letter)
    kek, wrapped = wrap(keys, data_key, associated)
    return {"kek": kek, "wrapped_key": wrapped, "sealed": seal(data_key, {"r": r}, associated)}
