"""The journal of erasures: so that a restored backup brings no erased person back (PRIVACY section 5).

A row holds a sequence number, the random id of the row that was erased, and the day: it names nobody.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa

from service.errors import ConfigError
from service.store.database import Database
from service.store.mail_tables import subscriber
from service.store.tables import erasure, mine, outbox, pending, record
from service.vault.annexes import erase_from_annexes
from service.vault.key_files import sync_folder

FOLLOW_HIGHEST = "SELECT setval(pg_get_serial_sequence('erasure', 'sequence'), (SELECT max(sequence) FROM erasure))"
KEPT_DAYS = 14  # longer than any backup of the vault is of use


@dataclass(frozen=True, slots=True, order=True)
class Erasure:
    """One erasure: its number in this deployment, the row's random id, the UTC day."""

    sequence: int
    row: str
    day: str


def journal(connection: sa.Connection, row_id: str, day: str) -> None:
    """Note an erasure, in the transaction that erases."""
    connection.execute(sa.insert(erasure).values(row=row_id, day=day))


def copy_journal(database: Database, path: Path) -> int:
    """Add what the table has and the file has not to the file, atomically and durably, and return how many were added.

    What only the file has stays: a restored database may be behind it.

    :raises ConfigError: if the file holds something else or another history.
    """
    known = {entry.sequence: entry for entry in read_journal(path)}
    with database.read() as connection:
        stored = _stored(connection)
    if any(known.get(entry.sequence, entry) != entry for entry in stored):
        raise ConfigError(f"ERASURE_JOURNAL: {path} tells other erasures than the database: run `petition prepare`")
    added = [entry for entry in stored if entry.sequence not in known]
    if added or not path.exists():
        _write(path, sorted([*known.values(), *added]))
    return len(added)


def forget_old(database: Database, path: Path, today: str) -> int:
    """Drop erasures older than 14 days from table and file; return how many rows the table lost."""
    oldest = _oldest_kept(today)
    kept = [entry for entry in read_journal(path) if entry.day >= oldest]
    if len(kept) < len(read_journal(path)):
        _write(path, kept)
    with database.write() as connection:
        return connection.execute(sa.delete(erasure).where(erasure.c.day < oldest)).rowcount


def read_journal(path: Path) -> list[Erasure]:
    """Return what the file holds, by number; a missing file holds nothing.

    :raises ConfigError: naming the line that is no entry of a journal.
    """
    try:
        lines = path.read_text(encoding="ascii").split("\n")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"ERASURE_JOURNAL: {path} cannot be read") from error
    if lines.pop() != "":
        raise ConfigError(f"ERASURE_JOURNAL: {path} ends within a line")
    return [_read_line(path, number, line) for number, line in enumerate(lines, start=1)]


def not_applied(connection: sa.Connection, path: Path) -> list[Erasure]:
    """Return the erasures in the file that the database does not know: it was restored from an older backup."""
    stored = set(_stored(connection))
    return [entry for entry in read_journal(path) if entry not in stored]


def not_copied(connection: sa.Connection, path: Path, today: str) -> list[Erasure]:
    """Return the erasures of the last 14 days that the file lacks: it may be an older copy of the journal."""
    known, oldest = set(read_journal(path)), _oldest_kept(today)
    return [entry for entry in _stored(connection) if entry.day >= oldest and entry not in known]


def apply_journal(database: Database, path: Path) -> int:
    """Erase again what was erased after the backup that was restored, in one transaction; return how many entries."""
    with database.write() as connection:
        missing = not_applied(connection, path)
        for entry in missing:
            erase_row(connection, entry.row, entry.day)
            connection.execute(sa.delete(erasure).where(erasure.c.sequence == entry.sequence))
            connection.execute(sa.insert(erasure).values(sequence=entry.sequence, row=entry.row, day=entry.day))
        if missing and connection.dialect.name == "postgresql":  # the next number follows the highest one inserted
            connection.execute(sa.text(FOLLOW_HIGHEST))
        return len(missing)


def erase_row(connection: sa.Connection, row_id: str, day: str) -> None:
    """Delete the pending row, record or subscriber of this id with its key and waiting mail, and the links to it."""
    signatures = sa.union(
        sa.select(record.c.signature).where(record.c.id == row_id),
        sa.select(pending.c.signature).where(pending.c.id == row_id, pending.c.signature.is_not(None)),
    )
    for signature in connection.scalars(signatures).all():
        connection.execute(sa.delete(mine).where(mine.c.signature == signature))
        erase_from_annexes(connection, signature, day)
    connection.execute(sa.delete(record).where(record.c.id == row_id))
    connection.execute(sa.delete(outbox).where(outbox.c.pending == row_id))
    connection.execute(sa.delete(pending).where(pending.c.id == row_id))
    connection.execute(sa.delete(subscriber).where(subscriber.c.id == row_id))


def _oldest_kept(today: str) -> str:
    return (date.fromisoformat(today) - timedelta(days=KEPT_DAYS)).isoformat()


def _stored(connection: sa.Connection) -> list[Erasure]:
    rows = connection.execute(sa.select(erasure.c.sequence, erasure.c.row, erasure.c.day).order_by(erasure.c.sequence))
    return [Erasure(row.sequence, row.row, row.day) for row in rows]


def _read_line(path: Path, number: int, line: str) -> Erasure:
    parts = line.split(" ")
    try:
        sequence, row, day = parts
        found = Erasure(int(sequence), row, date.fromisoformat(day).isoformat())
    except ValueError as error:
        raise ConfigError(f"ERASURE_JOURNAL: line {number} of {path} is no entry of a journal of erasures") from error
    if _line(found) != line:
        raise ConfigError(f"ERASURE_JOURNAL: line {number} of {path} is not written as a journal writes it")
    return found


def _line(entry: Erasure) -> str:
    return f"{entry.sequence} {entry.row} {entry.day}"


def _write(path: Path, entries: list[Erasure]) -> None:
    unfinished = path.with_name(f".{path.name}.new")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.writelines(f"{_line(entry)}\n" for entry in entries)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(f"ERASURE_JOURNAL: {path} cannot be written: {error.strerror}") from error
