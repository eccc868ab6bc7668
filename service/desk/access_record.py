"""The record of access: who did what, about how many, on which day (PRIVACY.md section 2)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from service.desk.tables import access_record


@dataclass(frozen=True)
class Access:
    """One line of the record."""

    account: str  # the random id
    action: str
    request: str  # the request's id, or ""
    number: int
    day: str


def note(
    connection: sa.Connection, account_id: str, action: str, day: str, *, about: tuple[str, int] = ("", 1)
) -> None:
    """Note an action of an account in the transaction that does it; `about`: the request's id, and how many."""
    request, number = about
    row = {"account": account_id, "action": action, "request": request, "number": number, "day": day}
    connection.execute(sa.insert(access_record).values(row))


def accesses(connection: sa.Connection) -> list[Access]:
    """Return the record, oldest first."""
    rows = connection.execute(sa.select(access_record).order_by(access_record.c.sequence)).mappings()
    return [Access(row["account"], row["action"], row["request"], row["number"], row["day"]) for row in rows]
