"""Asks the witnesses to cosign what was signed, and shows it once they are a quorum.

A witness is claimed in a short transaction, asked with none open, and what came of it is written in another
(docs/decisions/0011). So any number of workers may do this, and each witness is asked by one of them at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import sqlalchemy as sa

from service.publishing.asking import Silent
from service.publishing.cosignatures import Cosignature
from service.publishing.cosigning import Contradicted, cosign
from service.publishing.policy import Policy, Witness
from service.publishing.proofs import consistency_proof
from service.publishing.shown import show
from service.publishing.signed import Checkpoint, newest
from service.store.contradictions import note_contradictions, refuse_contradicted
from service.store.database import Database
from service.store.tables import witness as rows

FRESH_S = 600  # a fresh cosignature is asked for so often, even if nothing grew: docs/log_format.md section 4
BETWEEN_S = 1  # a witness is asked this often at most
LEASE_S = 60  # who claimed a witness and died is waited for so long
BACKOFF_MAX_S = 300

_ADD = sa.text("INSERT INTO witness (key) VALUES (:key) ON CONFLICT DO NOTHING")


def ask_witnesses(database: Database, policy: Policy, clock: Callable[[], int]) -> int:
    """Ask every witness that is due, all at once, and return how many cosigned. `clock` gives POSIX seconds.

    :raises LogRolledBack: if one of them knows more of this log than this database; that is noted first.
    """
    if not policy.witnesses:
        return 0
    signed, due = _claim(database, policy, clock())
    if signed is None or not due:
        return 0
    cosigned = 0
    with ThreadPoolExecutor(len(due)) as pool:
        asked = {pool.submit(cosign, each, signed, old, prover(database, signed)): each for each, old in due}
        for future in as_completed(asked):
            each = asked[future]
            try:
                _take(database, policy, signed, (each, future.result()), clock())
                cosigned += 1
            except Silent as reason:
                _put_off(database, each, str(reason), clock())
            except Contradicted as contradicted:
                _note(database, each, contradicted)
                _put_off(database, each, str(contradicted), clock())
    with database.read() as connection:
        refuse_contradicted(connection)
    return cosigned


def source_of(witness: Witness) -> str:
    """Return the name under which what a witness says is noted."""
    return f"witness {witness.name}"


def contradiction_of(connection: sa.Connection, witness: Witness, contradicted: Contradicted) -> str:
    """Return the sentence for what a witness says against this database.

    It is empty where another worker signed meanwhile what the witness speaks of.
    """
    signed = newest(connection)
    if contradicted.size is not None and signed is not None and contradicted.size <= signed.size:
        return ""
    return f"The witness {witness.name} contradicts this database: {contradicted}"


def prover(database: Database, signed: Checkpoint) -> Callable[[int], Sequence[bytes]]:
    """Return a function that proves the log of a size a prefix of this checkpoint."""

    def prove(old: int) -> Sequence[bytes]:
        with database.read() as connection:
            return consistency_proof(connection, old, signed.size)

    return prove


def _claim(database: Database, policy: Policy, now: int) -> tuple[Checkpoint | None, list[tuple[Witness, int]]]:
    """Take the witnesses that are due: those that have not cosigned the newest checkpoint, or not lately."""
    keys = [each.key.vkey for each in policy.witnesses]
    with database.read() as connection:
        refuse_contradicted(connection)
        signed = newest(connection)
        known = {row.key: row for row in connection.execute(sa.select(rows).where(rows.c.key.in_(keys)))}
    if signed is None or not any(_is_due(known.get(key), signed, now) for key in keys):
        return signed, []
    due = []
    with database.write() as connection:
        for each in policy.witnesses:
            connection.execute(_ADD, {"key": each.key.vkey})
            row = connection.execute(_row(each).with_for_update()).one()
            if _is_due(row, signed, now):
                connection.execute(_update(each).values(not_before=now + LEASE_S))
                due.append((each, int(row.size)))
    return signed, due


def _is_due(row: Any, signed: Checkpoint, now: int) -> bool:
    if row is None:
        return True
    return bool(row.not_before <= now and row.size <= signed.size and (row.size < signed.size or row.again <= now))


def _take(database: Database, policy: Policy, signed: Checkpoint, got: tuple[Witness, Cosignature], now: int) -> None:
    """Keep a cosignature, and show the checkpoint if it made the quorum, or made it fresher."""
    witness, cosignature = got
    kept = {"size": signed.size, "line": cosignature.line, "time": cosignature.time, "failures": 0, "error": ""}
    with database.write() as connection:
        connection.execute(_update(witness).values(**kept, again=now + FRESH_S, not_before=now + BETWEEN_S))
        show(connection, policy, signed)


def _put_off(database: Database, witness: Witness, error: str, now: int) -> None:
    """Ask a witness that failed later, the later the more often it did."""
    with database.write() as connection:
        failures = int(connection.execute(_row(witness)).one().failures) + 1
        wait_s = min(BACKOFF_MAX_S, 2**failures)
        connection.execute(_update(witness).values(failures=failures, error=error, not_before=now + wait_s))


def _note(database: Database, witness: Witness, contradicted: Contradicted) -> None:
    with database.write() as connection:
        says = contradiction_of(connection, witness, contradicted)
        if says:
            note_contradictions(connection, {source_of(witness): says})


def _row(witness: Witness) -> sa.Select[Any]:
    return sa.select(rows).where(rows.c.key == witness.key.vkey)


def _update(witness: Witness) -> sa.Update:
    return sa.update(rows).where(rows.c.key == witness.key.vkey)
