"""Preparing an installation: schema, keys, the log's first entry, and the erasures that a restored backup forgot."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import sqlalchemy as sa

from service.app import PROJECTIONS
from service.clock import Clock
from service.config import Settings
from service.errors import ConfigError
from service.eventlog.events import LOG_STREAM, LogOpened
from service.eventlog.log import PetitionLog
from service.eventlog.signing import vkeys_in_use
from service.operations.wrapped import WRAPPED
from service.readmodel.rebuild import rebuild
from service.readmodel.tables import live
from service.store.database import Database, open_database
from service.store.schema import prepare_schema
from service.store.tables import kek
from service.vault.erasure import apply_journal, not_applied
from service.vault.kek_files import KeyMissing
from service.vault.keys import Keys
from service.vault.rewrapping import keks_needed, keks_since


def prepare(settings: Settings, clock: Clock, *, apply_erasures: bool = False) -> Iterator[str]:
    """Prepare database, keys and log for this version, and yield a sentence for each step that was done.

    Safe to repeat. Keys are made only where there is no log yet: to lose them is to lose what they sealed.

    :raises ConfigError: if the keys do not fit the log, or erasures are not yet applied.
    """
    database = open_database(settings.database_url, pool_size=2)
    try:
        prepare_schema(database)
        yield "The database has this version's tables."
        yield from _prepare_log(settings, PetitionLog(database), clock)
        yield from _prepare_read_models(PetitionLog(database))
        _enter_keks(database, Keys.load(settings.keys_dir, settings.origin), clock)
        yield from _prepare_erasures(settings, database, apply_erasures)
    finally:
        database.dispose()


def check_keys_fit(keys: Keys, log: PetitionLog, opened: LogOpened) -> None:
    """Refuse keys that are not those that the log says are in use. :raises ConfigError: naming what differs."""
    if keys.origin != opened.origin:
        raise ConfigError(f"ORIGIN: the log began as {opened.origin!r}; it never changes its name")
    with log.database.read() as connection:
        for held in (keys.log, keys.promise):
            for vkey in vkeys_in_use(connection, held.role):
                if vkey not in held.vkeys:
                    missing = f"the {held.role} key {vkey} is missing"
                    raise ConfigError(f"KEYS_DIR: these are not the keys of this log, {missing}: put it back")


def check_keks(database: Database, keys: Keys) -> None:
    """Refuse to go on where rows need a key-encryption key that is not there. :raises KeyMissing: naming it."""
    held = keys.keks.numbers()
    with database.read() as connection:
        missing = sorted(keks_needed(connection, WRAPPED) - held) if set(keks_since(connection)) - held else []
    if missing:
        raise KeyMissing(
            f"KEYS_DIR: kek-{missing[0]} is missing, and names and addresses are sealed under it: put it back from its "
            "copy. If it was destroyed, this is an old backup: `petition restore --log-only`"
        )


def log_opening(log: PetitionLog) -> LogOpened | None:
    """Return the log's first entry, or none while it is empty."""
    stream = log.stream(LOG_STREAM)
    found = stream[0].event if stream else None
    return found if isinstance(found, LogOpened) else None


def _prepare_log(settings: Settings, log: PetitionLog, clock: Clock) -> Iterator[str]:
    opened = log_opening(log)
    if opened is None:
        keys = yield from _new_or_present_keys(settings)
        _open_log(log, keys, clock)
        yield f"The log {keys.origin} is opened. Its key, for those who check it: {keys.log_vkey}"
    else:
        check_keys_fit(Keys.load(settings.keys_dir, settings.origin), log, opened)
        yield f"The keys are those of the log {opened.origin}."


def _new_or_present_keys(settings: Settings) -> Generator[str, None, Keys]:
    if settings.keys_dir.exists() and any(settings.keys_dir.iterdir()):
        return Keys.load(settings.keys_dir, settings.origin)
    keys = Keys.create(settings.keys_dir, settings.origin)
    yield f"New keys are in {settings.keys_dir}. Copy them to a safe place now, apart from the database's backups."
    return keys


def _open_log(log: PetitionLog, keys: Keys, clock: Clock) -> None:
    with log.transaction() as connection:
        day = log.day(connection, clock.now())  # under the append lock: two that prepare at once make one entry
        if log_opening(log) is None:
            connection.execute(sa.delete(kek))  # the first number, of which the schema does not know since when it is
            for number in sorted(keys.keks.numbers()):
                connection.execute(sa.insert(kek).values(number=number, since=int(clock.now().timestamp())))
            log.append(LogOpened(day=day, origin=keys.origin, log_key=keys.log_vkey, promise_key=keys.promise_vkey), 1)


def _enter_keks(database: Database, keys: Keys, clock: Clock) -> None:
    """Enter keys that the database does not know: made after the backup that was restored."""
    check_keks(database, keys)
    with database.write() as connection:
        newest = max(keks_since(connection), default=0)
        since = int(clock.now().timestamp())
        for number in sorted(number for number in keys.keks.numbers() if number > newest):
            connection.execute(sa.insert(kek).values(number=number, since=since))


def _prepare_read_models(log: PetitionLog) -> Iterator[str]:
    """Build the read models anew where a step of the schema gave up how far they had followed the log."""
    with log.database.read() as connection:
        had_followed = connection.execute(sa.select(live.leaf.c.leaf_index).limit(1)).first() is not None
        follows = connection.execute(sa.select(live.progress.c.position)).first() is not None
    if had_followed and not follows:
        size = rebuild(log, PROJECTIONS, lambda done, of: None)
        yield f"The read models are built anew from the log's {size} public entries."


def _prepare_erasures(settings: Settings, database: Database, apply_erasures: bool) -> Iterator[str]:
    path = settings.erasure_journal
    if path is None:
        return
    with database.read() as connection:
        missing = len(not_applied(connection, path))
    if missing and not apply_erasures:
        raise ConfigError(
            f"ERASURE_JOURNAL: {missing} erasures are not in this database: it was restored from an older backup. "
            "Run `petition prepare --apply-erasures` before anything else starts."
        )
    if missing:
        yield f"{apply_journal(database, path)} erasures of after the backup are applied again."
