"""Restoring a backup: checked first, put in whole or not at all, and behind nothing that was erased or published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from service.app import build_services
from service.clock import Clock, day_of
from service.config import Settings
from service.desk.tables import account, founder, recovery_code
from service.errors import PetitionError, Refused
from service.operations.backup import check_entries
from service.operations.backup_manifest import Manifest, check_bytes, contents_of, read_manifest
from service.operations.prepare import prepare
from service.operations.wrapped import WRAPPED
from service.publishing.signed import read_signed
from service.publishing.startup import Published, check_at_start
from service.readmodel.tables import live
from service.store.database import Database, open_database
from service.store.postgresql_dump import is_empty, load_postgresql
from service.store.schema import is_known_schema, prepare_schema
from service.store.sqlite_dump import DumpBroken, check_sqlite, copy_in, is_database, put_in_place
from service.store.tables import campaign, campaign_key, kek, outbox, pending, record
from service.vault.erasure import not_copied
from service.vault.keys import Keys


@dataclass(frozen=True)
class Wanted:
    """What the operator agreed to."""

    replace: bool = False  # the database that is there
    log_only: bool = False  # give up what is sealed under keys that were destroyed
    without_journal: bool = False  # whoever was erased since the backup comes back


def restore_backup(settings: Settings, clock: Clock, backup: Path, wanted: Wanted) -> Iterator[str]:
    """Put a backup in the place of the database, apply the erasures since, and say what to do next, step by step.

    :raises Refused: if it does not fit this installation, or something is there that may not be replaced.
    :raises DumpBroken: if it is damaged. Nothing was changed.
    """
    manifest, keys = read_manifest(backup), Keys.load(settings.keys_dir, settings.origin)
    database = open_database(settings.database_url, pool_size=2)
    try:
        _refuse_foreign(database, keys, manifest)
        _refuse_unreadable(keys, manifest, wanted)
        _refuse_without_journal(settings, wanted)
        _refuse_present(database, wanted)
        _load(database, check_bytes(backup, manifest), manifest)
        yield f"Restored: {manifest.origin} as it was on {manifest.day}, a log of {manifest.contents.log_size} entries."
        prepare_schema(database)
        if wanted.log_only:
            yield from _drop_unreadable(database, keys)
    finally:
        database.dispose()
    yield from prepare(settings, clock, apply_erasures=True)
    yield from _journal_behind(settings, day_of(clock.now()))
    yield from _what_is_next(settings)


def what_is_there(database: Database) -> str:
    """Return what a database holds, in a sentence; empty if there is none."""
    if database.path is not None and (not database.path.exists() or database.path.stat().st_size == 0):
        return ""
    if database.path is None and is_empty(database):
        return ""
    if database.path is not None and not is_database(database.path):
        return "a file that is no database, or a damaged one"
    try:
        with database.read() as connection:
            entries = connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0
            names = connection.execute(sa.select(sa.func.count()).select_from(record)).scalar_one()
    except (PetitionError, sa.exc.DBAPIError):
        return "tables that cannot be read"
    return f"a log of {entries} counted entries, and {names} sealed names"


def _refuse_foreign(database: Database, keys: Keys, manifest: Manifest) -> None:
    if manifest.origin != keys.origin:
        raise Refused(f"This is a backup of the log {manifest.origin}, not of {keys.origin}.")
    if manifest.kind != database.dialect:
        raise Refused(f"This is a backup of a database of the kind {manifest.kind}: DATABASE_URL names another kind.")
    if not is_known_schema(manifest.contents.schema):
        raise Refused(f"The backup has schema {manifest.contents.schema}: restore it with the version that made it.")
    if manifest.contents.checkpoint:
        try:
            read_signed(keys, manifest.contents.checkpoint)
        except ValueError as error:
            raise Refused(f"This is a backup of another log, or KEYS_DIR holds other keys: {error}.") from error


def _refuse_unreadable(keys: Keys, manifest: Manifest, wanted: Wanted) -> None:
    missing = sorted(set(manifest.contents.keks) - keys.keks.numbers())
    if missing and not wanted.log_only:
        raise Refused(
            f"Names and accounts in this backup are sealed under kek-{missing[0]}, which is not in KEYS_DIR. "
            "If it was destroyed by a rotation, nobody can read them any more. Use a newer backup, or restore the log "
            "without them: `--log-only`."
        )


def _refuse_without_journal(settings: Settings, wanted: Wanted) -> None:
    path = settings.erasure_journal
    if not wanted.without_journal and (path is None or not path.exists()):
        where = f"there is none at {path}" if path else "ERASURE_JOURNAL is not set"
        raise Refused(
            f"Without the journal of erasures whoever was erased since the backup comes back, and {where}: "
            "put it back, or say `--without-journal` if it is lost."
        )


def _refuse_present(database: Database, wanted: Wanted) -> None:
    there = what_is_there(database)
    if there and not wanted.replace:
        raise Refused(f"There is a database already: {there}. To replace it for good, say `--replace`.")


def _load(database: Database, dump: Path, manifest: Manifest) -> None:
    if database.path is None:
        load_postgresql(database, dump)
        return
    restored = copy_in(dump, database.path)
    check_sqlite(restored)
    copy = open_database(f"sqlite:///{restored}", pool_size=2)
    try:
        with copy.read() as connection:
            if contents_of(connection) != manifest.contents:
                raise DumpBroken("the copy of the database is not what its manifest says: take another backup")
        check_entries(copy, manifest.contents)
    finally:
        copy.dispose()
    database.dispose()  # what looked at it must not count as somebody who uses it
    put_in_place(restored, database.path)


def _drop_unreadable(database: Database, keys: Keys) -> Iterator[str]:
    """Drop the rows that nobody can open any more, and what only led to them."""
    held = keys.keks.numbers()
    with database.write() as connection:
        lost = sa.select(campaign_key.c.campaign).where(campaign_key.c.kek.not_in(held))
        refs = list(connection.scalars(sa.select(campaign.c.ref).where(campaign.c.id.in_(lost)).order_by("ref")))
        forms = sa.select(pending.c.id).where(pending.c.kek.not_in(held))
        connection.execute(sa.delete(outbox).where(outbox.c.pending.in_(forms)))
        accounts = sa.select(account.c.id).where(account.c.kek.not_in(held))
        for table in (founder, recovery_code):
            connection.execute(sa.delete(table).where(table.c.account.in_(accounts)))
        for each in WRAPPED:
            gone = connection.execute(sa.delete(each.table).where(each.table.c.kek.not_in(held))).rowcount
            yield f"{gone} rows of {each.table.name} could not be opened any more and are dropped."
        connection.execute(sa.delete(kek).where(kek.c.number.not_in(held)))
    for ref in refs:
        yield f"{ref}: its key is lost. It counts, but takes no signatures: open it anew under another name."


def _journal_behind(settings: Settings, today: str) -> Iterator[str]:
    """Say so if the journal of erasures is an older copy than the backup: then it lacks what came later, too."""
    path = settings.erasure_journal
    if path is None or not path.exists():
        return
    database = open_database(settings.database_url, pool_size=2)
    try:
        with database.read() as connection:
            lacking = len(not_copied(connection, path, today))
    finally:
        database.dispose()
    if lacking:
        yield (
            f"ERASURE_JOURNAL: {path} lacks {lacking} erasures that the backup knows, so it is an older copy: whoever "
            "was erased after the backup may be back. Put the newest there, then `petition prepare --apply-erasures`."
        )


def _what_is_next(settings: Settings) -> Iterator[str]:
    services = build_services(settings)
    try:
        services.runner.catch_up()
        published = Published(services.database, services.keys, services.policy, settings.published_copy)
        against = [each.contradiction for each in check_at_start(published) if each.contradiction]
    finally:
        services.database.dispose()
    if against:
        yield f"This database is behind what was published. {'. '.join(against)}."
        yield "Next: `petition log restore COPY` with a published copy of the log, then start worker and web."
    else:
        yield "Nothing that could be asked contradicts this database. Next: start worker and web."
    yield "Then: `petition doctor`; and if anything was lost, `petition log incident data-loss FILE`."
