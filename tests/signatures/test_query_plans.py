"""A supporter's own page costs the same however many forms wait: what it asks is found by an index."""

from __future__ import annotations

import sqlalchemy as sa

from service.store.database import Database
from service.store.tables import pending

QUESTIONS = (
    sa.select(pending).where(pending.c.signature == "s_1", pending.c.promise_leaf.is_not(None)),
    sa.select(pending.c.id).where(pending.c.signature == "s_1", pending.c.outcome == "already"),
)


def test_the_form_of_a_signature_is_found_by_an_index(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        for question in QUESTIONS:
            asked = str(question.compile(connection.engine, compile_kwargs={"literal_binds": True}))
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")]
            assert plan == ["SEARCH pending USING INDEX ix_pending_signature (signature=?)"]
