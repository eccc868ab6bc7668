"""Who closes holds the gate alone; who confirms shares it and never waits."""

from __future__ import annotations

from service.store.database import Database
from service.store.gates import hold_gate, try_gates_shared
from service.store.roles import role


def test_a_held_gate_is_not_shared(postgresql_database: Database) -> None:
    with postgresql_database.write() as closing:
        hold_gate(closing, 1)
        with postgresql_database.write() as confirming:
            assert try_gates_shared(confirming, [1, 2, 3]) == {2, 3}
    with postgresql_database.write() as confirming:
        assert try_gates_shared(confirming, [1]) == {1}


def test_many_share_a_gate(postgresql_database: Database) -> None:
    with postgresql_database.write() as one, postgresql_database.write() as other:
        assert try_gates_shared(one, [1]) == try_gates_shared(other, [1]) == {1}


def test_a_role_has_one_holder(database: Database) -> None:
    with role(database, "recorder") as mine, role(database, "recorder") as theirs, role(database, "outbox") as another:
        assert (mine, theirs, another) == (True, False, True)
    with role(database, "recorder") as mine:
        assert mine
