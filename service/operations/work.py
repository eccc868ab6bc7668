"""The worker: records what waits, follows the log, sends mail, and deletes what was kept long enough.

Any number of workers may run: a pass is a role that one worker at a time holds, or all of them share it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import structlog

from service.app import Services
from service.campaigns.handlers import close_due, seal_due
from service.clock import day_of
from service.operations.logging import place_of
from service.operations.metrics import Board, Metrics
from service.operations.metrics_server import Exporter
from service.outbox.queue import send_due
from service.outbox.transport import transport_for
from service.publishing.checkpoint import check_published, publish
from service.signatures.recorder import record_waiting
from service.signatures.retention import sweep
from service.signatures.sealing import forget_signers
from service.store.database import Database
from service.store.roles import role
from service.store.tidying import tidy_file
from service.store.waking import Alarm, listen
from service.vault.erasure import copy_journal, forget_old

RECORD_EVERY_S = 0.2  # DESIGN.md section 2: an ordinary campaign's signatures are appended about this often
SEND_EVERY_S = 0.5
SWEEP_EVERY_S = 30.0  # the journal of erasures is copied within a minute: docs/operations.md
SEAL_EVERY_S = 600.0  # within a week of the day it is due: docs/log_format.md section 7.2
TIDY_EVERY_S = 3600.0
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

    :raises LogDamaged: at the start, if the log does not hold what was applied before.
    """
    services.runner.run_once()
    check_published(services.database)
    database, metrics, alarm = services.database, Metrics(), Alarm()
    found = passes(services)
    threads = [threading.Thread(target=follow, args=(database, each, stop, metrics, alarm)) for each in found]
    if database.dialect == "postgresql":
        threads.append(threading.Thread(target=listen, args=(database, alarm, stop)))
    if services.settings.metrics_listen is not None:
        threads.append(threading.Thread(target=Exporter(services, metrics, Board(1), 0).run, args=(stop,)))
    for thread in threads:
        thread.start()
    log.info("worker_started", passes=len(threads))
    stop.wait()
    alarm.ring()
    for thread in threads:
        thread.join()
    log.info("worker_stopped")


def passes(services: Services) -> Sequence[Pass]:
    """Return the worker's passes for these services."""
    transport = transport_for(services.settings.smtp_url)

    def record() -> int:
        return record_waiting(services.log, services.clock.now())

    def project() -> int:
        return services.runner.run_once() if services.runner.has_more() else 0

    def publish_log() -> int:
        return publish(services.database, services.keys)

    def send() -> int:
        return send_due(services.database, services.keys, transport, services.clock)

    def forget() -> int:
        _copy_erasures(services)
        return sweep(services.database, services.clock.now())

    def close() -> int:
        return close_due(services.log, services.clock.now())

    def seal() -> int:
        return seal_due(services.log, services.clock.now(), forget_signers)

    def tidy() -> int:
        tidy_file(services.database)
        return 0

    return (
        Pass("recorder", RECORD_EVERY_S, record, is_woken=True),
        Pass("projections", RECORD_EVERY_S, project, is_woken=True),
        Pass("publisher", RECORD_EVERY_S, publish_log, is_woken=True),
        Pass("outbox", SEND_EVERY_S, send, is_shared=True, is_woken=True),
        Pass("retention", SWEEP_EVERY_S, forget),
        Pass("closing", SWEEP_EVERY_S, close),
        Pass("sealing", SEAL_EVERY_S, seal),
        Pass("tidy", TIDY_EVERY_S, tidy),
    )


def follow(
    database: Database, each: Pass, stop: threading.Event, metrics: Metrics | None = None, alarm: Alarm | None = None
) -> None:
    """Repeat a pass until `stop` is set: at once after it did something, later the more often it failed.

    A pass that is told of work rests longer while there is none; once the alarm rings it gathers for `every_s`, as it
    would have, so that no append tells of one confirmation. Who did something rings for those who go on from there.
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
        except Exception as error:  # whatever it is, the other passes go on, and this one is tried again
            failures += 1
            metrics.add("undersigned_pass_failed_total", labels={"pass": each.name})
            pause_s = min(BACKOFF_MAX_S, each.every_s * 2**failures)
            log.error("pass_failed", error_class=type(error).__name__, where=place_of(error), **{"pass": each.name})
        if failures or done or not (each.is_woken and database.dialect == "postgresql"):
            stop.wait(pause_s)
        elif alarm.wait(IDLE_S, heard) > heard:
            stop.wait(each.every_s)


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


def _copy_erasures(services: Services) -> None:
    path = services.settings.erasure_journal
    if path is not None:
        copy_journal(services.database, path)
        forget_old(services.database, path, day_of(services.clock.now()))
