"""What contradicts this database: while anything does, nothing is appended, published or accepted.

A witness that cosigned more of the log than the database holds, a published copy that is ahead, or stored events that
do not give the signed root: the database was rolled back, and to go on would be to begin a second history
(docs/log_format.md section 6).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from service.errors import LogRolledBack
from service.store.tables import contradiction

ADVICE = (
    "Nothing is recorded, published or accepted until this is put right: restore the newest backup, append what it "
    "lacks by `petition log restore`, then start again. "
    "Never begin a new history under the same origin"
)
_SAID = sa.text("SELECT says FROM contradiction ORDER BY source")


def contradictions(connection: sa.Connection) -> list[str]:
    """Return a sentence for each source that contradicts the database; none if all is well."""
    return list(connection.execute(_SAID).scalars())


def contradicting(connection: sa.Connection) -> list[str]:
    """Return the sources that contradict the database."""
    return list(connection.scalars(sa.select(contradiction.c.source)))


def refuse_contradicted(connection: sa.Connection) -> None:
    """Refuse to go on while anything contradicts the database. :raises LogRolledBack: saying what differs."""
    said = contradictions(connection)
    if said:
        raise LogRolledBack(f"{'. '.join(said)}. {ADVICE}")


def note_contradictions(connection: sa.Connection, found: Mapping[str, str]) -> None:
    """Keep what each of these sources says, in place of what it said before."""
    lift_contradictions(connection, found)
    if found:
        rows = [{"source": source, "says": says} for source, says in sorted(found.items())]
        connection.execute(sa.insert(contradiction), rows)


def lift_contradictions(connection: sa.Connection, sources: Collection[str]) -> None:
    """Forget what these sources said: they agree with the database now."""
    connection.execute(sa.delete(contradiction).where(contradiction.c.source.in_(list(sources))))


def keep_only(connection: sa.Connection, sources: Collection[str]) -> None:
    """Forget what others than these sources said: nobody can ask them any more."""
    connection.execute(sa.delete(contradiction).where(contradiction.c.source.not_in(list(sources))))
