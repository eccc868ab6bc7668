"""Whoever waits in vain for their turn to write an SQLite file is told so, and goes on once it comes."""

from __future__ import annotations

import fcntl

import pytest

from service.errors import StoreUnavailable
from service.store import database as database_module
from service.store.database import Database


def test_a_writer_does_not_wait_for_ever_for_one_that_stands_still(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "TURN_MAX_S", 0.05)
    with open(f"{sqlite_database.path}.lock", "wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreUnavailable, match="another process has been writing"), sqlite_database.write():
            pass
        fcntl.flock(held, fcntl.LOCK_UN)
        with sqlite_database.write() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
