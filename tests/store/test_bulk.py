"""Many rows in one statement: the same values on both databases, whatever is in them."""

from __future__ import annotations

import sqlalchemy as sa

from service.store.bulk import among, insert_new, insert_rows, update_rows
from service.store.database import Database
from service.store.tables import mine, outbox, record, waiting

WORDS = 'Gülnar \u062f "quoted" \\x41 {1,2} \U0001f58a \n end'
LARGE = 2**53 - 1


def link(name: str, signature: str = "s_1", kept: bytes | None = None) -> dict[str, object]:
    until = LARGE if kept else None
    return {"token_hash": name, "signature": signature, "campaign": "c_1", "kept_opening": kept, "kept_until": until}


def test_values_come_back_as_they_were(database: Database) -> None:
    rows = [link("a", WORDS, bytes(range(256))), link("b")]
    with database.write() as connection:
        insert_rows(connection, mine, rows)
        insert_rows(connection, mine, [])
        found = connection.execute(sa.select(mine).order_by(mine.c.token_hash)).mappings().all()
    assert [dict(row) for row in found] == rows


def test_columns_that_are_not_named_get_their_defaults(database: Database) -> None:
    row = {"id": "m_1", "pending": "p_1", "state": "queued", "due": 1, "expires": LARGE, "sealed": b""}
    with database.write() as connection:
        insert_rows(connection, outbox, [row])
        assert connection.execute(sa.select(outbox)).mappings().one() == row | {"attempts": 0, "error_class": ""}


def test_what_is_there_is_left_alone(database: Database) -> None:
    with database.write() as connection:
        insert_rows(connection, mine, [link("a", "first")])
        insert_rows(connection, mine, [link("a", "second"), link("b", "second")], ignoring=True)
        assert insert_new(connection, mine, [link("b", "third"), link("c", "third")], "token_hash") == {"c"}
        assert insert_new(connection, mine, [], "token_hash") == set()
        found = connection.execute(sa.select(mine.c.token_hash, mine.c.signature).order_by(mine.c.token_hash)).all()
    assert [tuple(row) for row in found] == [("a", "first"), ("b", "second"), ("c", "third")]


def test_rows_are_changed_by_their_key(database: Database) -> None:
    with database.write() as connection:
        insert_rows(connection, mine, [link("a"), link("b"), link("c")])
        changed = [{"token_hash": "a", "kept_opening": b"\x00", "kept_until": 7}]
        update_rows(
            connection, mine, [*changed, {"token_hash": "b", "kept_opening": None, "kept_until": 8}], "token_hash"
        )
        update_rows(connection, mine, [], "token_hash")
        chosen = sa.select(mine.c.kept_opening, mine.c.kept_until).order_by(mine.c.token_hash)
        assert connection.execute(chosen).all() == [(b"\x00", 7), (None, 8), (None, None)]


def test_a_table_may_have_the_name_of_a_type(database: Database) -> None:
    row = {"id": "r_1", "signature": "s_1", "campaign": "c_1", "commitment": "", "kek": 1, "wrapped_key": b"w",
           "sealed": b"s"}  # fmt: skip
    with database.write() as connection:
        insert_rows(connection, record, [row])
        assert connection.execute(sa.select(record)).mappings().one() == row


def test_a_row_is_chosen_among_texts(database: Database) -> None:
    with database.write() as connection:
        insert_rows(connection, mine, [link("a"), link("b"), link("c")])

        def chosen(*names: str) -> list[str]:
            return sorted(
                connection.scalars(sa.select(mine.c.token_hash).where(among(connection, mine.c.token_hash, names)))
            )

        assert (chosen("c", "a", "a", "x"), chosen()) == (["a", "c"], [])


def test_the_text_of_a_statement_does_not_grow_with_its_rows(postgresql_database: Database) -> None:
    said: list[str] = []
    sa.event.listen(postgresql_database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    with postgresql_database.write() as connection:
        for count in (1, 2, 50):
            rows = [{"signature": f"s_{count}_{n}", "version": 1, "campaign": "", "topic": "", "leaf": b""}
                    for n in range(count)]  # fmt: skip
            insert_rows(connection, waiting, rows)
            connection.execute(
                sa.delete(waiting).where(among(connection, waiting.c.signature, ["s", str(count)][:count]))
            )
    assert len(said) == 7
    assert len(set(said)) == 3
