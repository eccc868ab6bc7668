"""The publisher: signs the log as it grows, moved forward by compare-and-swap and never signed without it."""

from __future__ import annotations

import sqlalchemy as sa

from service.clock import Clock, SystemClock
from service.errors import LogDamaged, LogRolledBack
from service.eventlog.signing import vkeys_in_use
from service.publishing.policy import Policy
from service.publishing.shown import newest_shown, show
from service.publishing.signed import Checkpoint, also_by_mldsa, newest, sign
from service.publishing.tree import root_at
from service.readmodel.tables import live
from service.store.contradictions import refuse_contradicted
from service.store.database import Database
from service.store.tables import checkpoint
from service.vault.keys import Keys


def publish(database: Database, keys: Keys, policy: Policy, clock: Clock | None = None) -> int:
    """Sign the present size of the log if it grew, in one transaction; return by how many entries.

    Size and root move from the old pair to the new one or not at all: never two roots for a size. What the log's own
    signature is enough for is shown at once; else `witnesses` shows it once a quorum cosigned it.

    :raises LogRolledBack: if the log is now shorter than what was signed, or something else contradicts it.
    """
    if not _has_news(database, policy):
        return 0
    with database.write() as connection:
        refuse_contradicted(connection)
        old, size = newest(connection), _log_size(connection)
        new = old
        if size > (old.size if old else 0):
            new = sign(keys, size, root_at(connection, size), vkeys_in_use(connection, "log"))
            new = also_by_mldsa(keys, new, (clock or SystemClock()).now())
            _swap(connection, old, new)
        if new is not None:
            show(connection, policy, new)
        return size - (old.size if old else 0)


def _has_news(database: Database, policy: Policy) -> bool:
    with database.read() as connection:
        refuse_contradicted(connection)
        size, signed = _log_size(connection), newest(connection)
        if signed is not None and size < signed.size:
            message = f"the log has {size} entries, {signed.size} were published: the database was rolled back"
            raise LogRolledBack(message)
        if size > (signed.size if signed else 0):
            return True
        shown = newest_shown(connection)
    return signed is not None and not policy.needs_witnesses and (shown is None or shown.size != signed.size)


def _log_size(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0)


def _swap(connection: sa.Connection, old: Checkpoint | None, new: Checkpoint) -> None:
    values = {"size": new.size, "root": new.root, "note": new.note}
    if old is None:
        connection.execute(sa.insert(checkpoint).values(id=1, **values))
        return
    same = (checkpoint.c.size == old.size) & (checkpoint.c.root == old.root)
    if connection.execute(sa.update(checkpoint).where(same).values(**values)).rowcount != 1:
        raise LogDamaged(f"the checkpoint of size {old.size} was moved by somebody else: two publishers are at work")
