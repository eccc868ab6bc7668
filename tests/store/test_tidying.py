"""What was erased in bulk does not stay in the database's file."""

from __future__ import annotations

import sqlalchemy as sa

from service.store.database import Database
from service.store.tables import document
from service.store.tidying import tidy_file

ROWS = 600
WORD = b"made-up words "


def fill(database: Database) -> None:
    with database.write() as connection:
        rows = [{"hash": str(n), "media_type": "", "content": WORD * 1_000, "public": True} for n in range(ROWS)]
        connection.execute(sa.insert(document), rows)


def empty(database: Database, least: int) -> None:
    with database.write() as connection:
        connection.execute(sa.delete(document).where(sa.cast(document.c.hash, sa.Integer) >= least))


def test_the_file_is_rewritten_once_much_of_it_is_free(sqlite_database: Database) -> None:
    assert sqlite_database.path is not None
    fill(sqlite_database)
    assert not tidy_file(sqlite_database)
    large = sqlite_database.path.stat().st_size
    empty(sqlite_database, least=ROWS - 20)
    assert not tidy_file(sqlite_database)  # too little to rewrite the file for
    empty(sqlite_database, least=0)
    assert tidy_file(sqlite_database)
    assert sqlite_database.path.stat().st_size < large / 2
    files = sqlite_database.path.parent.glob(f"{sqlite_database.path.name}*")
    assert WORD not in b"".join(path.read_bytes() for path in files)


def test_a_server_tidies_itself(postgresql_database: Database) -> None:
    fill(postgresql_database)
    empty(postgresql_database, least=0)
    assert not tidy_file(postgresql_database)
