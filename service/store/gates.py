"""Gates: what must not slip past a closing takes a campaign's gate shared, the closing takes it alone.

On PostgreSQL they are advisory transaction locks on the campaign's number; on SQLite the one write transaction is the
gate. Order for all: gates, then the lock on the event table, then rows sorted by key (docs/decisions/0002).
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

GATES = 0x75_67  # the class of our advisory locks, so that they meet no other program's
_HOLD = sa.text("SELECT pg_advisory_xact_lock(:gates, :number)")
_SHARE = sa.text("SELECT pg_advisory_xact_lock_shared(:gates, :number)")
_TRY = sa.text("SELECT pg_try_advisory_xact_lock_shared(:gates, :number)")


def hold_gate(connection: sa.Connection, number: int) -> None:
    """Take a campaign's gate alone until the transaction ends; waits for those who share it."""
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD, {"gates": GATES, "number": number})


def share_gate(connection: sa.Connection, number: int) -> None:
    """Take a campaign's gate shared until the transaction ends; waits for who holds it alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(_SHARE, {"gates": GATES, "number": number})


def try_gates_shared(connection: sa.Connection, numbers: Iterable[int]) -> set[int]:
    """Take gates shared until the transaction ends, without waiting, and return those that were free."""
    wanted = sorted(set(numbers))
    if connection.dialect.name != "postgresql":
        return set(wanted)
    return {n for n in wanted if connection.execute(_TRY, {"gates": GATES, "number": n}).scalar_one()}
