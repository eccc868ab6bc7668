"""The worker: records what waits, follows the log, sends mail, and deletes what was kept long enough.

Any number of workers may run: a pass is a role that one worker at a time holds, or all of them share it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import structlog

from service.app import Services, news_post, signing_desk
from service.campaigns.handlers import close_due, seal_due
from service.clock import day_of
from service.desk.retention import sweep as sweep_desk
from service.errors import LogRolledBack
from service.letters.fetching import sweep as lock_packages
from service.letters.sheet import Site, make_sheets
from service.news.mixing import mix_due
from service.news.sending import mail_news
from service.operations.letter_work import letter_work
from service.operations.logging import place_of
from service.operations.metrics import Board, Metrics
from service.operations.metrics_server import Exporter
from service.operations.rewrapping import Rotation, Step, rotating
from service.outbox.flood import forget_old as forget_mailed
from service.outbox.queue import send_due
from service.outbox.transport import transport_for
from service.publishing.checkpoint import publish
from service.publishing.startup import Published, check_at_start
from service.publishing.witnesses import ask_witnesses
from service.readmodel.runner import Runner
from service.signatures.recorder import record_waiting
from service.signatures.reminding import remind_due
from service.signatures.renewal import ask_due
from service.signatures.retention import sweep
from service.signatures.sealing import forget_signers
from service.store.contradictions import refuse_contradicted
from service.store.database import Database
from service.store.roles import role
from service.store.tidying import tidy_file
from service.store.waking import Alarm, listen
from service.vault.audit_samples import sweep as sweep_samples
from service.vault.erasure import copy_journal, forget_old

RECORD_EVERY_S = 0.2  # DESIGN.md section 2: an ordinary campaign's signatures are appended about this often
ASK_EVERY_S = 1.0
SEND_EVERY_S = 0.5
SWEEP_EVERY_S = 30.0  # the journal of erasures is copied within a minute: docs/operations.md
SEAL_EVERY_S = 600.0  # within a week of the day it is due: docs/log_format.md section 7.2
TIDY_EVERY_S = 3600.0
ROTATE_EVERY_S = 60.0  # looks whether a new key-encryption key is due, and goes on with a rotation under way
BACKOFF_MAX_S = 30.0
IDLE_S = 5.0  # on PostgreSQL, where work is notified: if a notification is lost, this is how late it is seen

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
    is_woken: bool = False  # where work is notified it rests for IDLE_S, or until somebody rings


def work(services: Services, stop: threading.Event) -> None:
    """Work until `stop` is set; what was begun is finished first.

    :raises LogRolledBack: at the start or later, if the database is older than what was published from it.
    """
    refuse_rolled_back(services)
    services.runner.run_once()
    database, metrics, alarm = services.database, Metrics(), Alarm()
    found = passes(services)
    with ThreadPoolExecutor(len(found) + 2) as pool:
        ends: list[Future[LogRolledBack | None]] = [
            pool.submit(follow, database, each, stop, metrics, alarm) for each in found
        ]
        if database.dialect == "postgresql":
            pool.submit(listen, database, alarm, stop)
        if services.settings.metrics_listen is not None:
            pool.submit(Exporter(services, metrics, Board(1), 0).run, stop)
        log.info("worker_started", passes=len(found))
        stop.wait()
        alarm.ring()
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
    every_s, desk, news = services.settings.tally_every_s, signing_desk(services), news_post(services)
    send = partial(send_due, database, services.keys, transport, clock)
    sign = partial(publish, database, services.keys, services.policy, clock)
    return (
        Pass("recorder", RECORD_EVERY_S, lambda: record_waiting(petitions, clock.now()), is_woken=True),
        Pass("projections", RECORD_EVERY_S, lambda: _project(services.runner), is_woken=True),
        Pass("publisher", RECORD_EVERY_S, sign, is_woken=True),
        Pass("witnesses", ASK_EVERY_S, lambda: _ask_witnesses(services), is_shared=True),
        Pass("outbox", SEND_EVERY_S, send, is_shared=True, is_woken=True),
        *(Pass(*each) for each in letter_work(services)),
        Pass("retention", SWEEP_EVERY_S, lambda: _forget(services)),
        Pass("renewals", SWEEP_EVERY_S, lambda: ask_due(desk, clock.now())),
        Pass("reminders", SWEEP_EVERY_S, lambda: remind_due(desk, clock.now())),
        Pass("news", SWEEP_EVERY_S, lambda: mix_due(database, clock.now()) + mail_news(news, clock.now())),
        Pass("closing", SWEEP_EVERY_S, lambda: close_due(petitions, clock.now())),
        Pass("sealing", SEAL_EVERY_S, lambda: seal_due(petitions, clock.now(), forget_signers)),
        Pass("tallies", SWEEP_EVERY_S, lambda: services.tallies.publish_due(clock.now(), every_s)),
        Pass("sheets", SWEEP_EVERY_S, lambda: _make_sheets(services)),
        Pass("tidy", TIDY_EVERY_S, lambda: int(tidy_file(database))),
        *_rotating(services),
    )


def follow(
    database: Database, each: Pass, stop: threading.Event, metrics: Metrics | None = None, alarm: Alarm | None = None
) -> LogRolledBack | None:
    """Repeat a pass until `stop` is set: at once after it did something, later the more often it failed.

    A pass that is told of work rests longer while there is none; once the alarm rings it gathers for `every_s`, as it
    would have, so that no append tells of one confirmation. Who did something rings for those who go on from there. If
    a pass finds that the database was rolled back, it stops all and returns what differs.
    """
    failures, metrics, alarm = 0, metrics or Metrics(), alarm or Alarm()
    while not stop.is_set():
        heard = alarm.rings
        done = 0
        try:
            done = run_once(database, each, metrics)
            failures = 0
            pause_s = 0.0 if done else each.every_s
            if done:
                alarm.ring()
        except LogRolledBack as rolled_back:
            log.error("rolled_back", **{"pass": each.name})
            stop.set()
            return rolled_back
        except Exception as error:  # whatever it is, the other passes go on, and this one is tried again
            failures += 1
            metrics.add("undersigned_pass_failed_total", labels={"pass": each.name})
            pause_s = min(BACKOFF_MAX_S, each.every_s * 2**failures)
            log.error("pass_failed", error_class=type(error).__name__, where=place_of(error), **{"pass": each.name})
        if failures or done or not (each.is_woken and database.dialect == "postgresql"):
            stop.wait(pause_s)
        elif alarm.wait(IDLE_S, heard) > heard:
            stop.wait(each.every_s)
    return None


def run_once(database: Database, each: Pass, metrics: Metrics | None = None) -> int:
    """Run a pass once if it is shared or its role is free, and return how much it did."""
    with nullcontext(True) if each.is_shared else role(database, each.name) as is_ours:
        if not is_ours:
            return 0
        since = time.monotonic()
        done = each.run()
    took_s = time.monotonic() - since
    if done and metrics is not None:
        metrics.add("undersigned_pass_done_total", done, {"pass": each.name})
        metrics.observe("undersigned_pass_seconds", took_s, {"pass": each.name})
    if done and took_s > 1.0:
        log.info("slow_pass", done=done, seconds=round(took_s, 1), **{"pass": each.name})
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


def _make_sheets(services: Services) -> int:
    return make_sheets(services.database, Site(services.settings.base_url, services.settings.languages))


def _forget(services: Services) -> int:
    path = services.settings.erasure_journal
    if path is not None:
        copy_journal(services.database, path)
        forget_old(services.database, path, day_of(services.clock.now()))
    now = services.clock.now()
    with services.database.write() as connection:
        mails = forget_mailed(connection, now)
    return mails + sum(each(services.database, now) for each in (sweep, sweep_desk, sweep_samples, lock_packages))
