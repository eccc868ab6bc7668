"""The journal of erasures outlives the database, so that a restored backup brings nobody back."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.errors import ConfigError
from service.store.database import Database
from service.store.tables import erasure, mine, outbox, pending, record
from service.vault.erasure import Erasure, apply_journal, copy_journal, forget_old, journal, not_applied, read_journal

DAY = "2026-03-02"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the journal is copied to."""
    return tmp_path / "outside" / "erasures"


@pytest.fixture(autouse=True)
def _outside(path: Path) -> None:
    path.parent.mkdir()


def noted(database: Database, *rows: str, day: str = DAY) -> None:
    with database.write() as connection:
        for row in rows:
            journal(connection, row, day)


def rows_of(database: Database, table: sa.Table) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(sa.select(table)))


def a_person(database: Database, name: str) -> None:
    """Store a used link, a record, a page of their own, and a mail that waits."""
    signature = f"signature-of-{name}"
    with database.write() as connection:
        connection.execute(
            sa.insert(pending).values(
                id=f"pending-{name}", kind="sign", campaign="c", token_hash=name, code_prefix="0000", code_mac="",
                expires=1, signature=signature,
            )
        )  # fmt: skip
        connection.execute(
            sa.insert(record).values(
                id=f"record-{name}",
                signature=signature,
                campaign="c",
                commitment="",
                kek=1,
                wrapped_key=b"",
                sealed=b"",
            )
        )
        connection.execute(sa.insert(mine).values(token_hash=name, signature=signature, campaign="c"))
        connection.execute(
            sa.insert(outbox).values(id=name, pending=f"pending-{name}", state="queued", due=0, expires=1, sealed=b"")
        )


def test_erasures_are_copied_in_order_for_the_owner_alone(database: Database, path: Path) -> None:
    noted(database, "one", "two")
    assert copy_journal(database, path) == 2
    assert path.read_text() == f"1 one {DAY}\n2 two {DAY}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert copy_journal(database, path) == 0
    noted(database, "three")
    assert copy_journal(database, path) == 1
    assert read_journal(path) == [Erasure(n, row, DAY) for n, row in enumerate(("one", "two", "three"), start=1)]
    assert [found.name for found in path.parent.iterdir()] == ["erasures"]


def test_a_transaction_that_fails_notes_nothing(database: Database, path: Path) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        journal(connection, "row", DAY)
        raise ZeroDivisionError
    assert copy_journal(database, path) == 0
    assert path.read_text() == ""


def test_a_restored_database_erases_again(database: Database, path: Path) -> None:
    for name in ("kept", "by-record", "by-link"):
        a_person(database, name)
    path.write_text(f"1 record-by-record {DAY}\n2 pending-by-link {DAY}\n3 row-that-is-not-in-the-backup {DAY}\n")
    with database.read() as connection:
        assert len(not_applied(connection, path)) == 3
    assert apply_journal(database, path) == 3
    assert {row.token_hash for row in rows_of(database, mine)} == {"kept"}
    assert {row.id for row in rows_of(database, record)} == {"record-kept", "record-by-link"}
    assert {row.id for row in rows_of(database, pending)} == {"pending-kept", "pending-by-record"}
    assert {row.id for row in rows_of(database, outbox)} == {"kept", "by-record"}
    assert apply_journal(database, path) == 0


def test_numbers_go_on_after_a_journal_was_applied(database: Database, path: Path) -> None:
    noted(database, "one")
    path.write_text(f"1 one {DAY}\n2 two {DAY}\n7 seven {DAY}\n")
    apply_journal(database, path)
    noted(database, "eight")
    assert [(row.sequence, row.row) for row in rows_of(database, erasure)] == [
        (1, "one"),
        (2, "two"),
        (7, "seven"),
        (8, "eight"),
    ]
    assert copy_journal(database, path) == 1


def test_a_database_behind_its_journal_never_shortens_it(database: Database, path: Path) -> None:
    path.write_text(f"1 one {DAY}\n2 two {DAY}\n")
    assert copy_journal(database, path) == 0
    assert len(read_journal(path)) == 2


def test_a_journal_of_another_history_is_refused(database: Database, path: Path) -> None:
    path.write_text(f"1 one {DAY}\n")
    noted(database, "another")
    with pytest.raises(ConfigError, match="other erasures"):
        copy_journal(database, path)
    assert path.read_text() == f"1 one {DAY}\n"


def test_what_is_older_than_14_days_is_forgotten(database: Database, path: Path) -> None:
    noted(database, "old", day="2026-02-15")
    noted(database, "new", day="2026-02-16")
    copy_journal(database, path)
    assert forget_old(database, path, DAY) == 1
    assert [entry.row for entry in read_journal(path)] == ["new"]
    assert [row.row for row in rows_of(database, erasure)] == ["new"]
    assert copy_journal(database, path) == 0


@pytest.mark.parametrize(
    "text",
    [
        "1 row",
        "x row 2026-03-02\n",
        "1 row\n",
        "1 row 2026-02-30\n",
        "01 row 2026-03-02\n",
        "1 row 20260302\n",
        "\n",
        "é\n",
    ],
)
def test_a_line_that_is_none_of_a_journal_is_named(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="ERASURE_JOURNAL"):
        read_journal(path)


def test_a_journal_that_cannot_be_written_is_named(database: Database, tmp_path: Path) -> None:
    noted(database, "row")
    with pytest.raises(ConfigError, match=r"ERASURE_JOURNAL: .*cannot be written"):
        copy_journal(database, tmp_path / "no-such-folder" / "erasures")


def test_a_journal_that_cannot_be_read_is_an_error_and_not_empty(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_journal(path)
