"""The worker: records what waits, follows the log, sends mail, and deletes what was kept long enough.

Any number of workers may run: a pass is a role that one worker at a time holds, or all of them share it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass

import structlog

from service.app import Services
from service.campaigns.handlers import close_due, seal_due
from service.clock import day_of
from service.desk.retention import sweep as sweep_desk
from service.errors import LogRolledBack
from service.operations.logging import place_of
from service.operations.rewrapping import Rotation, Step, rotating
from service.outbox.queue import send_due
from service.outbox.transport import transport_for
from service.publishing.checkpoint import publish
from service.publishing.startup import Published, check_at_start
from service.publishing.witnesses import ask_witnesses
from service.readmodel.runner import Runner
from service.signatures.recorder import record_waiting
from service.signatures.retention import sweep
from service.signatures.sealing import forget_signers
from service.store.contradictions import refuse_contradicted
from service.store.database import Database
from service.store.roles import role
from service.store.tidying import tidy_file
from service.vault.erasure import copy_journal, forget_old

RECORD_EVERY_S = 0.2  # DESIGN.md section 2: an ordinary campaign's signatures are appended about this often
ASK_EVERY_S = 1.0
SEND_EVERY_S = 0.5
SWEEP_EVERY_S = 30.0  # the journal of erasures is copied within a minute: docs/operations.md
SEAL_EVERY_S = 600.0  # within a week of the day it is due: docs/log_format.md section 7.2
TIDY_EVERY_S = 3600.0
ROTATE_EVERY_S = 60.0  # looks whether the key-encryption key is a week old, and goes on with a rotation under way
BACKOFF_MAX_S = 30.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Pass:
    """One kind of work: its name is its role, `run` returns how much it did, and it rests when that is nothing.

    What is shared claims what it takes, so it needs no role: on PostgreSQL a role is an open transaction, and one that
    is open while a slow mail server is spoken to keeps the database from tidying up.
    """

    name: str
    every_s: float
    run: Callable[[], int]
    is_shared: bool = False


def work(services: Services, stop: threading.Event) -> None:
    """Work until `stop` is set; what was begun is finished first.

    :raises LogRolledBack: at the start or later, if the database is older than what was published from it.
    """
    refuse_rolled_back(services)
    services.runner.run_once()
    found = passes(services)
    with ThreadPoolExecutor(len(found)) as pool:
        ends = [pool.submit(follow, services.database, each, stop) for each in found]
        log.info("worker_started", passes=len(found))
        stop.wait()
    log.info("worker_stopped")
    for end in ends:
        if rolled_back := end.result():
            raise rolled_back


def refuse_rolled_back(services: Services) -> None:
    """Ask all that know the published log, before anything is recorded or published.

    What contradicts this database is kept where the web processes see it, and forgotten once all is well again.

    :raises LogRolledBack: if anything does.
    """
    published = Published(services.database, services.keys, services.policy, services.settings.published_copy)
    check_at_start(published)
    with services.database.read() as connection:
        refuse_contradicted(connection)


def passes(services: Services) -> Sequence[Pass]:
    """Return the worker's passes for these services."""
    petitions, database, clock = services.log, services.database, services.clock
    transport = transport_for(services.settings.smtp_url)
    every_s = services.settings.tally_every_s
    return (
        Pass("recorder", RECORD_EVERY_S, lambda: record_waiting(petitions, clock.now())),
        Pass("projections", RECORD_EVERY_S, lambda: _project(services.runner)),
        Pass("publisher", RECORD_EVERY_S, lambda: publish(database, services.keys, services.policy, clock)),
        Pass("witnesses", ASK_EVERY_S, lambda: _ask_witnesses(services), is_shared=True),
        Pass("outbox", SEND_EVERY_S, lambda: send_due(database, services.keys, transport, clock), is_shared=True),
        Pass("retention", SWEEP_EVERY_S, lambda: _forget(services)),
        Pass("closing", SWEEP_EVERY_S, lambda: close_due(petitions, clock.now())),
        Pass("sealing", SEAL_EVERY_S, lambda: seal_due(petitions, clock.now(), forget_signers)),
        Pass("tallies", SWEEP_EVERY_S, lambda: services.tallies.publish_due(clock.now(), every_s)),
        Pass("tidy", TIDY_EVERY_S, lambda: int(tidy_file(database))),
        *_rotating(services),
    )


def follow(database: Database, each: Pass, stop: threading.Event) -> LogRolledBack | None:
    """Repeat a pass until `stop` is set: at once after it did something, later the more often it failed.

    If it finds that the database was rolled back, it stops all passes and returns what differs.
    """
    failures = 0
    while not stop.is_set():
        try:
            done = run_once(database, each)
            failures = 0
            pause_s = 0.0 if done else each.every_s
        except LogRolledBack as rolled_back:
            log.error("rolled_back", **{"pass": each.name})
            stop.set()
            return rolled_back
        except Exception as error:  # whatever it is, the other passes go on, and this one is tried again
            failures += 1
            pause_s = min(BACKOFF_MAX_S, each.every_s * 2**failures)
            log.error("pass_failed", error_class=type(error).__name__, where=place_of(error), **{"pass": each.name})
        stop.wait(pause_s)
    return None


def run_once(database: Database, each: Pass) -> int:
    """Run a pass once if it is shared or its role is free, and return how much it did."""
    with nullcontext(True) if each.is_shared else role(database, each.name) as is_ours:
        if not is_ours:
            return 0
        since = time.monotonic()
        done = each.run()
    if done and time.monotonic() - since > 1.0:
        log.info("slow_pass", done=done, seconds=round(time.monotonic() - since, 1), **{"pass": each.name})
    return done


def _rotating(services: Services) -> Sequence[Pass]:
    """Return the pass that renews the key-encryption key, if backups and copies of key files have their places.

    Without a second medium for the new key a broken disk would lose every name: then the operator rotates.
    """
    settings = services.settings
    if settings.backup_dir is None or settings.keys_copy is None:
        return ()
    rotation = Rotation(services.database, services.keys, services.clock, settings.backup_dir, settings.keys_copy)

    def run() -> int:
        with rotating(services.database) as is_ours:
            step = rotation.step(begin=rotation.is_due()) if is_ours else Step.NOTHING
        if step is Step.DESTROYED:
            log.info("kek_rotated", newest=services.keys.newest_kek)
        return int(step not in (Step.NOTHING, Step.SETTLING))

    return (Pass("rewrap", ROTATE_EVERY_S, run, is_shared=True),)  # it takes its role itself, as the command does


def _project(runner: Runner) -> int:
    return runner.run_once() if runner.has_more() else 0


def _ask_witnesses(services: Services) -> int:
    return ask_witnesses(services.database, services.policy, lambda: int(services.clock.now().timestamp()))


def _forget(services: Services) -> int:
    path = services.settings.erasure_journal
    if path is not None:
        copy_journal(services.database, path)
        forget_old(services.database, path, day_of(services.clock.now()))
    now = services.clock.now()
    return sweep(services.database, now) + sweep_desk(services.database, now)
