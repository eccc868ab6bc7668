"""Keeps an SQLite file from holding on to what was deleted (PRIVACY.md section 4); PostgreSQL has its own vacuum."""

from __future__ import annotations

from service.store.database import Database

EMPTY_WAL = "PRAGMA wal_checkpoint(TRUNCATE)"
FREE_LEAST_PAGES = 1_000  # 4 MB; less is not worth rewriting the file for
FREE_SHARE = 4  # a quarter of the file is free after erasing in bulk


def tidy_file(database: Database) -> bool:
    """Empty SQLite's write-ahead log, and rewrite the file if much of it is free; return whether it was rewritten.

    :raises StoreUnavailable: if the file cannot be used just now.
    """
    if database.dialect != "sqlite":
        return False
    with database.alone() as connection:
        cursor = connection.cursor()
        cursor.execute(EMPTY_WAL)
        pages, free = (cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
        if free < FREE_LEAST_PAGES or free * FREE_SHARE < pages:
            return False
        cursor.execute("VACUUM")
        cursor.execute(EMPTY_WAL)
        return True
