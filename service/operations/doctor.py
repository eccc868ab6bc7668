"""What is wrong with an installation, and what to do about it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from service.campaigns.exact import due_for_sealing
from service.clock import SystemClock
from service.config import Settings
from service.desk.accounts import administrators, founders
from service.desk.role_changes import ADMINISTRATORS_MIN
from service.errors import PetitionError
from service.eventlog.log import PetitionLog
from service.letters.attention import check_maildir, waiting_for_people
from service.operations.backup_check import check_backups
from service.operations.history_check import check_history, check_witnesses
from service.operations.mail_check import check_mail
from service.operations.prepare import check_keks, check_keys_fit, log_opening
from service.outbox.queue import list_outbox
from service.readmodel.tables import live
from service.store.database import Database, open_database
from service.store.postgresql import APPLICATION
from service.store.schema import check_schema
from service.store.tables import event
from service.vault.keys import Keys

SYNC_TRIES = 20
SYNC_LEAST_MS = 0.02  # no disk known to us is this fast: below it the write never reached one
SYNC_MOST_MS = 50.0  # above it every signature waits noticeably
BEHIND_MOST = 10_000  # entries not yet counted: the worker does more than that in a second
SEALING_LATE_DAYS = 1  # the worker seals every few minutes
CONNECTIONS_LEFT = 10  # for the operator's own sessions
NOT_ASKED = "Not looked at: first the database, above."
PROCESSES = (
    f"SELECT count(DISTINCT application_name) FROM pg_stat_activity WHERE application_name LIKE '{APPLICATION}-%'"
)
TAKEN = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"


@dataclass(frozen=True)
class Finding:
    """What one check found: whether it is well, and a sentence; where not well, what to do."""

    check: str
    is_well: bool
    says: str


@dataclass(frozen=True)
class Patient:
    """What the checks look at."""

    settings: Settings
    database: Database


def examine(environ: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """Yield a finding for each check, in an order in which the first bad one explains the later ones."""
    try:
        settings = Settings.from_environment(environ)
    except PetitionError as error:
        yield Finding("settings", False, str(error))
        return
    yield Finding("settings", True, "All settings can be used.")
    patient = Patient(settings, open_database(settings.database_url, pool_size=2))
    yield from _findings(patient)
    patient.database.dispose()


def durable_write_ms(folder: Path) -> float:
    """Return the median time in milliseconds of writing 4 KiB to a file in `folder` and syncing it."""
    path = folder / f".sync-check-{os.getpid()}"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        return sorted(_write_and_sync(handle) for _ in range(SYNC_TRIES))[SYNC_TRIES // 2] * 1000
    finally:
        os.close(handle)
        path.unlink()


def _findings(patient: Patient) -> Iterator[Finding]:
    """Yield what each check finds; what only a sound database could answer is not asked of another."""
    is_sound = True
    for name, check in CHECKS:
        is_asked = is_sound or name not in ASK_DATABASE
        finding = _found(name, check, patient) if is_asked else Finding(name, False, NOT_ASKED)
        is_sound = is_sound and (finding.is_well or name != "database")
        yield finding


def _found(name: str, check: Callable[[Patient], str], patient: Patient) -> Finding:
    try:
        return Finding(name, True, check(patient))
    except (PetitionError, OSError) as error:
        return Finding(name, False, str(error))
    except sa.exc.DBAPIError as error:
        says = f"The database cannot be used ({type(error.orig).__name__}). If it is damaged, restore a backup."
        return Finding(name, False, says)


def _write_and_sync(handle: int) -> float:
    since = time.perf_counter()
    os.pwrite(handle, bytes(4096), 0)
    os.fdatasync(handle)
    return time.perf_counter() - since


def _schema(patient: Patient) -> str:
    check_schema(patient.database)
    return "The database has this version's tables."


def _keys(patient: Patient) -> str:
    keys = Keys.load(patient.settings.keys_dir, patient.settings.origin)
    log = PetitionLog(patient.database)
    opened = log_opening(log)
    if opened is None:
        raise PetitionError("The log is empty. Run `petition prepare`.")
    check_keys_fit(keys, log, opened)
    check_keks(patient.database, keys)
    return f"The keys are those of the log {keys.origin}; new data are sealed under kek-{keys.newest_kek}."


def _modes(patient: Patient) -> str:
    path = patient.database.path
    if path is None:
        return "The database is a server's: its own files are its own matter."
    for each in (path, *path.parent.glob(f"{path.name}-*")):
        mode = stat.S_IMODE(each.stat().st_mode)
        if mode & 0o077:
            raise PetitionError(f"{each} can be read by others (mode {mode:04o}). Run: chmod 600 {each}")
    if patient.settings.keys_dir.resolve().is_relative_to(path.parent.resolve()) and not patient.settings.demonstration:
        raise PetitionError("KEYS_DIR lies beside the database: one backup would hold both. Move it elsewhere.")
    return "The database's files can be read by their owner only, and the keys lie apart from them."


def _durability(patient: Patient) -> str:
    path = patient.database.path
    if path is None:
        return _server_durability(patient.database)
    took_ms = durable_write_ms(path.parent)
    if took_ms < SYNC_LEAST_MS:
        raise PetitionError(f"A durable write took {took_ms:.3f} ms: this disk does not sync. Use one that does.")
    if took_ms > SYNC_MOST_MS:
        raise PetitionError(f"A durable write took {took_ms:.0f} ms: each signature waits for it. Use a faster disk.")
    return f"A durable write takes {took_ms:.2f} ms."


def _server_durability(database: Database) -> str:
    with database.read() as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            value = connection.execute(sa.text(f"SHOW {name}")).scalar_one()
            if value == "off":
                raise PetitionError(f"PostgreSQL's {name} is off: what was acknowledged can be lost. Switch it on.")
        most = int(connection.execute(sa.text("SHOW max_connections")).scalar_one())
        left = most - int(connection.execute(sa.text(TAKEN)).scalar_one())
    if left < CONNECTIONS_LEFT:
        raise PetitionError(f"PostgreSQL has {left} connections left of {most}: raise max_connections.")
    return f"PostgreSQL syncs what it commits, and has {left} connections left of {most}."


def _connections(patient: Patient) -> str:
    if patient.database.dialect == "sqlite":
        return "A file has no server that could run out of connections."
    each = patient.settings.pool_size + 1  # the worker's listener has one more
    with patient.database.read() as connection:
        most = int(connection.execute(sa.text("SHOW max_connections")).scalar_one())
        running = int(connection.execute(sa.text(PROCESSES)).scalar_one()) - 1  # without this one
    expected = max(running, len(os.sched_getaffinity(0)) + 1)  # web processes here, and a worker
    if expected * each > most - CONNECTIONS_LEFT:
        raise PetitionError(
            f"{expected} processes may open {expected * each} connections, and PostgreSQL takes {most}: "
            "lower POOL_SIZE, or raise max_connections."
        )
    return f"{expected} processes may open {expected * each} of PostgreSQL's {most} connections."


def _counting(patient: Patient) -> str:
    with patient.database.read() as connection:
        newest = connection.execute(sa.select(sa.func.max(event.c.id))).scalar() or 0
        applied = connection.execute(sa.select(live.progress.c.position)).scalar() or 0
    if applied > newest:
        raise PetitionError("The log ends before what was counted: the database was rolled back. Restore it first.")
    if newest - applied > BEHIND_MOST:
        raise PetitionError(f"{newest - applied} entries are not counted yet: is `petition work` running?")
    return f"The log has {newest} entries, {applied} of them are counted."


def _history(patient: Patient) -> str:
    return check_history(patient.settings, patient.database)


def _witnesses(patient: Patient) -> str:
    return check_witnesses(patient.settings, patient.database)


def _backups(patient: Patient) -> str:
    return check_backups(patient.settings, patient.database, SystemClock().now())


def _mail(patient: Patient) -> str:
    return check_mail(patient.settings.smtp_url)


def _outbox(patient: Patient) -> str:
    with patient.database.read() as connection:
        lines = list_outbox(connection)
    dead = [line for line in lines if line.state == "dead"]
    if dead:
        raise PetitionError(f"{len(dead)} mails were given up: `petition outbox list`, then `petition outbox retry`.")
    overdue = [line for line in lines if line.attempts > 0]
    return f"{len(lines)} mails wait, {len(overdue)} of them after an attempt that failed."


def _letters(patient: Patient) -> str:
    with patient.database.read() as connection:
        waiting = waiting_for_people(connection)
    if waiting:
        raise PetitionError("Letters wait for people: " + "; ".join(waiting))
    return f"No letter waits for people; {check_maildir(patient.settings.dsn_maildir)}."


def _kept_too_long(patient: Patient) -> str:
    with patient.database.read() as connection:
        late = due_for_sealing(connection, SystemClock().now(), SEALING_LATE_DAYS)
    if late:
        raise PetitionError(
            f"{', '.join(late)}: over for more than 30 days, and what tells who signed is still there; the privacy "
            "page says otherwise. Is `petition work` running? `petition retention status` lists all that is kept."
        )
    return "No appeal that is over for more than 30 days keeps who signed."


def _people(patient: Patient) -> str:
    with patient.database.read() as connection:
        count, active = founders(connection), len(administrators(connection))
    if not count:
        return "No organizer has an account yet: `petition account add` makes the first administrator's."
    if active < ADMINISTRATORS_MIN:
        raise PetitionError(f"{active} administrators are active: nobody can approve a role. See docs/operations.md.")
    return f"{active} administrators are active; with three, one may be missing."


def _clock(_patient: Patient) -> str:
    return f"This machine's clock says {SystemClock().now():%Y-%m-%d %H:%M} UTC. Compare it with yours."


def _proxies(patient: Patient) -> str:
    hops = patient.settings.forwarded_hops
    return f"{hops} proxies in front are believed. They must not log addresses or paths: only you can check that."


CHECKS: tuple[tuple[str, Callable[[Patient], str]], ...] = (
    ("database", _schema),
    ("keys", _keys),
    ("files", _modes),
    ("durability", _durability),
    ("connections", _connections),
    ("counting", _counting),
    ("history", _history),
    ("witnesses", _witnesses),
    ("backups", _backups),
    ("mail", _mail),
    ("outbox", _outbox),
    ("letters", _letters),
    ("retention", _kept_too_long),
    ("people", _people),
    ("clock", _clock),
    ("proxies", _proxies),
)
ASK_DATABASE = (
    "files", "durability", "connections", "counting", "history", "witnesses", "backups", "outbox", "letters",
    "retention", "people",
)  # fmt: skip
