"""The rotation of the key-encryption key: in small steps, each of which may be the last before a crash.

Where it stands is told by the table `kek`, the rows and the key files, so whoever goes on needs no memory of its own:

1. The next number is entered in the table; from here rows may name it.
2. Its key file is made, in the copies' folder first; from here everything new is wrapped under it.
3. All living keys are wrapped again, in batches. A minute later nothing that was sealed before is still on its way.
4. A backup is made and read back.
5. The old number is taken out of the table. The rows' foreign key refuses that while one of them needs it.
6. The old key file is overwritten and removed, and its copy.
"""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from service.clock import Clock
from service.errors import ConfigError, PetitionError
from service.operations.backup import make_backup
from service.operations.backup_manifest import read_manifest
from service.operations.wrapped import WRAPPED
from service.store.database import Database
from service.store.roles import long_role
from service.store.tables import kek
from service.vault.kek_files import KeyMissing
from service.vault.keys import Keys
from service.vault.rewrapping import keks_needed, keks_since, rewrap_batch

BEGUN_DAYS = 6  # after 7 no key opens an older backup (PRIVACY.md section 5): a day for a great many keys
SETTLED_S = 60  # after this no request is under way that began before: gunicorn's timeout
REST = 9  # times as long as a batch took: on SQLite each commit and checkpoint makes whoever signs meanwhile wait
BATCHES_AT_ONCE = 20  # in one step: a worker that is told to stop does not wait long


class Step(enum.Enum):
    """What was done, or why nothing was."""

    NOTHING = "nothing is to be done"
    ENTERED = "the next key has its number"
    MADE = "the next key is made"
    WRAPPED = "keys are wrapped again"
    SETTLING = "what was sealed before may still be on its way"
    DESTROYED = "the old key is destroyed"


@contextmanager
def rotating(database: Database) -> Iterator[bool]:
    """Keep other rotations out; yield whether none runs. No transaction stays open, so PostgreSQL can tidy up."""
    with long_role(database, "rewrap") as is_ours:
        yield is_ours


@dataclass(frozen=True)
class Rotation:
    """A rotation: what it works on, where it puts the backup, and where copies of the key files are, if anywhere."""

    database: Database
    keys: Keys
    clock: Clock
    backups: Path
    copies: Path | None
    told: Callable[[int], None] = lambda count: None
    _after: dict[str, str] = field(default_factory=dict)  # the last row of each table; "": it is through
    _rest: threading.Event = field(default_factory=threading.Event)

    def step(self, *, begin: bool) -> Step:
        """Do the next step of the rotation that is under way; with `begin` a new one is begun if there is none.

        :raises ConfigError: if a key is missing. Nothing was changed.
        :raises PetitionError: if no backup can be made; both keys stay.
        """
        with self.database.read() as connection:
            since = keks_since(connection)
        held, newest = self.keys.keks.numbers(), max(since)
        self._refuse_missing(held, set(since))
        if newest not in held:
            self.keys.keks.make(newest, self.copies)
            return Step.MADE
        if held - set(since):  # stopped before the last step
            return self._destroy(held - set(since))
        if len(since) == 1:
            return self._enter(newest + 1) if begin else Step.NOTHING
        if self._wrap(newest):
            return Step.WRAPPED
        if self._now_s() - since[newest] < SETTLED_S:
            return Step.SETTLING
        return self._give_up(newest, set(since))

    def settles_in_s(self) -> int:
        """Return for how many seconds something that was sealed before may still be on its way."""
        with self.database.read() as connection:
            since = max(keks_since(connection).items())[1]
        return max(0, since + SETTLED_S - self._now_s())

    def is_under_way(self) -> bool:
        """Return whether one was begun and is not finished."""
        with self.database.read() as connection:
            known = set(keks_since(connection))
        return len(known) > 1 or bool(self.keys.keks.numbers() - known)

    def is_due(self) -> bool:
        """Return whether the newest key is so old that a rotation begun now is over within its week."""
        with self.database.read() as connection:
            since = max(keks_since(connection).items())[1]
        return self._now_s() - since >= timedelta(days=BEGUN_DAYS).total_seconds()

    def _refuse_missing(self, held: frozenset[int], known: set[int]) -> None:
        if known - held:
            with self.database.read() as connection:
                missing = sorted(keks_needed(connection, WRAPPED) - held)
            if missing:
                raise KeyMissing(f"KEYS_DIR: kek-{missing[0]} is missing, and rows need it: put it back from its copy")
        if max(held) > max(known):
            raise ConfigError(f"KEYS_DIR: this database does not know kek-{max(held)}: run `petition prepare`")

    def _enter(self, number: int) -> Step:
        with self.database.write() as connection:
            connection.execute(sa.insert(kek).values(number=number, since=self._now_s()))
        return Step.ENTERED

    def _wrap(self, number: int) -> int:
        """Wrap again up to some thousand keys and return how many were; rest longer than each batch took."""
        done = batches = 0
        if all(self._after.get(each.table.name) == "" for each in WRAPPED):
            self._after.clear()  # a new round
        for each in WRAPPED:
            name = each.table.name
            while batches < BATCHES_AT_ONCE and self._after.get(name) != "":
                since = time.monotonic()
                after = self._after.get(name, "")
                count, self._after[name] = rewrap_batch(self.database, self.keys, each, number, after)
                self.told(count)
                done, batches = done + count, batches + 1
                self._rest.wait(REST * (time.monotonic() - since))  # disk and turn to write are others' meanwhile
        return done

    def _give_up(self, newest: int, known: set[int]) -> Step:
        with self.database.read() as connection:
            if keks_needed(connection, WRAPPED) - {newest}:
                return Step.WRAPPED  # held by others until now: the next round finds them
        made = make_backup(self.database, self.keys.origin, self.backups, self.clock.now().date().isoformat())
        if set(read_manifest(made).contents.keks) - {newest}:
            raise PetitionError(f"{made} holds rows under an older key than kek-{newest}: it stays")
        with self.database.write() as connection:
            connection.execute(sa.delete(kek).where(kek.c.number != newest))
        return self._destroy(known - {newest})

    def _destroy(self, numbers: set[int] | frozenset[int]) -> Step:
        for number in sorted(numbers):
            self.keys.keks.destroy(number, self.copies)
        return Step.DESTROYED

    def _now_s(self) -> int:
        return int(self.clock.now().timestamp())
