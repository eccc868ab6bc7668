"""The check at the start: is this database as new as everything that was published from it (docs/log_format.md 6)?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from service.eventlog.merkle import Frontier, leaf_hash
from service.publishing.asking import Silent, ask
from service.publishing.cosigning import Contradicted, cosign
from service.publishing.folder import CHECKPOINT
from service.publishing.leaves import leaves
from service.publishing.policy import Policy, Witness
from service.publishing.signed import Checkpoint, newest, of_nothing, read_signed
from service.publishing.tree import TileMissing, root_at
from service.publishing.witnesses import contradiction_of, prover, source_of
from service.readmodel.tables import live
from service.store.contradictions import keep_only, lift_contradictions, note_contradictions
from service.store.database import Database
from service.store.tables import event
from service.vault.keys import Keys

LOG, COPY = "log", "copy"


@dataclass(frozen=True)
class Said:
    """What a source says about this database: nothing (`is_silent`), that it agrees, or what contradicts it."""

    source: str
    contradiction: str = ""
    is_silent: bool = False


@dataclass(frozen=True)
class Published:
    """What is compared: the database, the keys it signs with, who watches over it, and where a copy is, if any."""

    database: Database
    keys: Keys
    policy: Policy
    copy: str


def check_at_start(published: Published) -> list[Said]:
    """Ask everything that knows the published log, and keep what contradicts this database.

    What a source said before stays until it is asked again and agrees: a silent one neither contradicts nor agrees.
    """
    said = [*ask_all(published)]
    against = {each.source: each.contradiction for each in said if each.contradiction}
    agreeing = [each.source for each in said if not each.contradiction and not each.is_silent]
    with published.database.write() as connection:
        keep_only(connection, [each.source for each in said])
        lift_contradictions(connection, agreeing)
        note_contradictions(connection, against)
    return said


def ask_all(published: Published) -> Iterator[Said]:
    """Yield what the stored events, the published copy and every witness say; nothing is written."""
    yield Said(LOG, _stored(published.database))
    if published.copy:
        yield _copy(published)
    witnesses = published.policy.witnesses
    if witnesses:
        with ThreadPoolExecutor(len(witnesses)) as pool:
            yield from pool.map(lambda witness: _witness(published, witness), witnesses)


def _stored(database: Database) -> str:
    """Return what the stored events say against the signed checkpoint: root, size, position."""
    with database.read() as connection:
        signed = newest(connection)
        position = connection.execute(sa.select(live.progress.c.position)).scalar() or 0
        last = connection.execute(sa.select(sa.func.max(event.c.id))).scalar() or 0
    if last < position:
        return f"The log ends at position {last}, but {position} was applied before"
    if signed is None:
        return ""
    frontier = Frontier()
    for leaf in itertools.islice(leaves(database), signed.size):
        frontier.add(leaf_hash(leaf))
    if (frontier.size, frontier.root()) != (signed.size, signed.root) or not _is_prefix(database, signed):
        return f"The stored events do not give the root that was signed for size {signed.size}"
    return ""


def _copy(published: Published) -> Said:
    """Return what the published copy says: its checkpoint has to be ours, not larger, and a prefix."""
    try:
        note = _checkpoint_of(published.copy)
    except Silent:
        return Said(COPY, is_silent=True)
    if note is None:
        return Said(COPY)
    try:
        there = read_signed(published.keys, note)
    except ValueError as error:
        return Said(COPY, f"The checkpoint at {published.copy} is not of this log: {error}")
    with published.database.read() as connection:
        signed = newest(connection)
    size = signed.size if signed else 0
    if there.size > size:
        return Said(COPY, f"{published.copy} has the log up to size {there.size}, this database only to {size}")
    if not _is_prefix(published.database, there):
        return Said(COPY, f"{published.copy} has another history of size {there.size}")
    return Said(COPY)


def _witness(published: Published, witness: Witness) -> Said:
    """Ask a witness to cosign what is stored; its answer says what it cosigned last."""
    source, database = source_of(witness), published.database
    with database.read() as connection:
        signed = newest(connection) or of_nothing(published.keys)
    try:
        cosign(witness, signed, signed.size, prover(database, signed))
    except Silent:
        return Said(source, is_silent=True)
    except Contradicted as contradicted:
        with database.read() as connection:
            return Said(source, contradiction_of(connection, witness, contradicted))
    return Said(source)


def _checkpoint_of(copy: str) -> str | None:
    """Return the checkpoint of a published copy, or nothing if it has none. :raises Silent: if that cannot be told."""
    if copy.startswith("/"):
        try:
            return (Path(copy) / CHECKPOINT).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Silent(str(error)) from error
    answer = ask(f"{copy}/{CHECKPOINT}")
    if answer.status in (404, 410):
        return None
    if answer.status != 200:
        raise Silent(f"it answered {answer.status}")
    return answer.body.decode("utf-8", "replace")


def _is_prefix(database: Database, smaller: Checkpoint) -> bool:
    with database.read() as connection:
        try:
            return root_at(connection, smaller.size) == smaller.root
        except TileMissing:
            return False
