"""The checkpoint: size and root of the log, signed; moved forward by compare-and-swap and never signed without it."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import sqlalchemy as sa

from service.errors import LogDamaged
from service.publishing.tree import TileMissing, root_at
from service.readmodel.tables import live
from service.store.database import Database
from service.store.tables import checkpoint
from service.vault.keys import Keys


@dataclass(frozen=True)
class Checkpoint:
    """A published size of the log with its root and the signed note that says so."""

    size: int
    root: bytes
    note: str


def newest(connection: sa.Connection) -> Checkpoint | None:
    """Return the newest checkpoint, or nothing before the first."""
    row = connection.execute(sa.select(checkpoint)).one_or_none()
    return Checkpoint(row.size, bytes(row.root), row.note) if row else None


def publish(database: Database, keys: Keys) -> int:
    """Publish the present size of the log if it grew, in one transaction; return by how many entries.

    Size and root move from the old pair to the new one or not at all: never two roots for a size. Ed25519 is
    deterministic (RFC 8032), so signing again gives the same bytes.

    :raises LogDamaged: if the log is now shorter than what was published: the database was rolled back.
    """
    if not _has_grown(database):
        return 0
    with database.write() as connection:
        old = newest(connection)
        size = int(connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0)
        before = old.size if old else 0
        if size == before:
            return 0
        root = root_at(connection, size)
        note = keys.sign_log_note(checkpoint_text(keys.origin, size, root))
        _swap(connection, old, {"size": size, "root": root, "note": note})
        return size - before


def check_published(database: Database) -> None:
    """Check that what was published is a prefix of the log.

    :raises LogDamaged: if it is not; then nothing may be recorded or published before the log is restored.
    """
    with database.read() as connection:
        published = newest(connection)
        if published is None or _has_root(connection, published):
            return
    raise LogDamaged(
        f"the published checkpoint of size {published.size} is no prefix of the log: the database was rolled back or "
        "damaged. Restore it before anything is recorded; never begin a new history under the same origin"
    )


def _has_root(connection: sa.Connection, published: Checkpoint) -> bool:
    try:
        return root_at(connection, published.size) == published.root
    except TileMissing:
        return False


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return the three lines that are signed (C2SP tlog-checkpoint; docs/log_format.md section 3)."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def _has_grown(database: Database) -> bool:
    with database.read() as connection:
        size = int(connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0)
        published = newest(connection)
    if published is not None and size < published.size:
        raise LogDamaged(f"the log has {size} entries, {published.size} were published: the database was rolled back")
    return size > (published.size if published else 0)


def _swap(connection: sa.Connection, old: Checkpoint | None, new: dict[str, object]) -> None:
    if old is None:
        connection.execute(sa.insert(checkpoint).values(id=1, **new))
        return
    same = (checkpoint.c.size == old.size) & (checkpoint.c.root == old.root)
    if connection.execute(sa.update(checkpoint).where(same).values(**new)).rowcount != 1:
        raise LogDamaged(f"the checkpoint of size {old.size} was moved by somebody else: two publishers are at work")
