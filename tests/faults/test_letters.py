"""kill -9 of the worker before and after every step of a hand-over, and a mail server that misbehaves.

Each letter reaches the server exactly once, or is shown as uncertain or failed, and the auditor's program agrees. The
short form has ten rounds on each database; `FAULT_ROUNDS=200 ./petition test tests/faults` is the full one.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.app import letter_sender
from service.clock import FixedClock, SteppedClock, SystemClock
from service.letters.approval import approve_letter, composed_letter, load_letter
from service.letters.commands import ApproveLetter, ComposeLetter, SendLetter
from service.letters.handlers import compose_letter
from service.letters.queueing import send_letter
from service.letters.tables import letter_delivery
from service.operations.demo_proof import write_log
from service.operations.processes import Processes
from service.store.database import Database
from tests.faults.server import wait_until
from tests.installation import REF, Installation, environ_for, install
from tests.letters.delivery.mail_server import ReportingMailbox, ReportingServer

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "10"))
HELD = ("ehlo", "mail", "rcpt", "content", "data")  # the server says nothing more at this step, and the worker dies
PLANS = (*HELD, "reply", "committed", "refuses", "greylists", "dies", "at random")
STEP_MAX_S = 60


@dataclass
class Post:
    """An installation whose worker is killed again and again, and its mail server."""

    installation: Installation
    mailbox: ReportingMailbox
    processes: Processes
    clock: SteppedClock
    letters: list[str] = field(default_factory=list)

    def queues_one(self) -> str:
        """Compose, approve and queue a letter, a day after the one before: the office gets no two in a day."""
        self.clock.advance_to(self.clock.now() + timedelta(hours=25))
        services, now = self.installation.services, self.clock.now()
        services.runner.catch_up()
        made = compose_letter(
            ComposeLetter(REF, "L1", "test", now),
            services.log,
            services.settings.base_url,
            services.tallies.before_letter,
        )
        with services.log.transaction() as connection:
            pdf = composed_letter(services.log, made).pdf
            approve_letter(ApproveLetter(made, pdf, frozenset({"a_olga", "a_rosa"}), now), services.log, connection)
        send_letter(SendLetter(made, "test", now), services.log, letter_sender(services.settings))
        self.letters.append(made)
        return made

    def state(self, letter: str) -> str:
        """Return a letter's state."""
        return load_letter(self.installation.services.log, letter).state

    def has_ended(self, letter: str) -> bool:
        """Return whether an attempt to hand it over ended."""
        topics = {one.event.topic for one in self.installation.services.log.stream(letter)}
        return bool(topics & {"letter.failed", "letter.uncertain", "letter.handed_over"})

    def starts(self) -> None:
        """Start the worker unless it runs."""
        if not self.processes.running:
            self.processes.start_worker()

    def kills(self) -> None:
        """Kill the worker as a power cut would."""
        worker = self.processes.running.pop("worker")
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def recovers(self) -> None:
        """Start the worker again, with a server that takes everything, and wait until nothing is left to do."""
        self.mailbox.behaves()
        self.clock.advance_to(self.clock.now() + timedelta(hours=25))
        self.starts()
        wait_until(lambda: set(self.marks()) == {"done"}, "the worker to settle what is left")

    def marks(self) -> Counter[str]:
        """Return how many messages are in which hands."""
        with self.installation.services.database.read() as connection:
            return Counter(connection.execute(sa.select(letter_delivery.c.mark)).scalars())


@pytest.fixture
def post(database: Database, tmp_path: Path) -> Iterator[Post]:
    """Return an installation with a mail server, on a clock that the test moves on for all processes."""
    mailbox = ReportingMailbox()
    server = ReportingServer(mailbox)
    server.start()
    changed = {"SMTP_URL": f"smtp://127.0.0.1:{server.bound_port}", "CLOCK_FILE": str(tmp_path / "clock")}
    installed = install(database, tmp_path, FixedClock(SystemClock().now()), **changed)
    processes = Processes(environ_for(database, tmp_path) | changed, tmp_path / "logs")
    yield Post(installed, mailbox, processes, SteppedClock(tmp_path / "clock"))
    processes.stop()
    server.stop(no_assert=True)
    installed.services.database.dispose()


def dies_at(post: Post, plan: str, letter: str) -> None:
    """Let the server behave and the worker die as the plan of this round has it."""
    if plan in HELD:
        assert post.mailbox.reached.wait(STEP_MAX_S), plan
    elif plan == "reply":  # the answer is there, and the commit that follows it is not
        assert post.mailbox.reached.wait(STEP_MAX_S)
        with post.installation.services.log.transaction() as connection:
            post.installation.services.log.day(connection, post.clock.now())  # PostgreSQL: the lock on the log
            post.mailbox.may_go_on.set()
            assert post.mailbox.answered.wait(STEP_MAX_S)
            post.kills()
        return
    elif plan == "committed":
        wait_until(lambda: post.state(letter) == "handed_over", "the hand-over")
    elif plan == "at random":
        threading.Event().wait(random.uniform(0, 2.0))
    else:
        wait_until(lambda: post.has_ended(letter), f"what {plan} leads to")
        return
    post.kills()


def behaviour(plan: str) -> dict[str, str]:
    """Return what the server does in a round."""
    if plan in (*HELD, "reply"):
        return {"holds": plan}
    found = {"refuses": {"rcpt": "550 no"}, "greylists": {"data": "451 later"}, "dies": {"hangs_up": "data"}}
    return found.get(plan, {})


@pytest.mark.slow
def test_each_letter_is_delivered_once_or_shown_as_uncertain(post: Post, tmp_path: Path) -> None:
    plans = [*PLANS[:10], *random.choices(PLANS, k=max(0, ROUNDS - 10))][:ROUNDS]
    for plan in plans:
        post.mailbox.behaves(**behaviour(plan))
        letter = post.queues_one()
        post.starts()
        dies_at(post, plan, letter)
        post.recovers()
    assert_once_or_uncertain(post, dict(zip(post.letters, plans, strict=True)))
    assert_audited(post, tmp_path)


def assert_once_or_uncertain(post: Post, plans: dict[str, str]) -> None:
    taken = Counter(message_id.strip("<").split(".")[0] for message_id in post.mailbox.message_ids)
    assert set(taken.values()) <= {1}, "a letter went twice"
    states = {letter: post.state(letter) for letter in plans}
    for letter, state in states.items():
        went = {"handed_over": (1,), "failed": (0,), "uncertain": (0, 1)}[state]
        assert taken[letter] in went, f"{letter}: {state} after {plans[letter]}, and the server has {taken[letter]}"
    certain = ("ehlo", "mail", "rcpt", "committed", "greylists")
    assert {states[letter] for letter, plan in plans.items() if plan in certain} <= {"handed_over"}
    assert {states[letter] for letter, plan in plans.items() if plan in ("data", "reply", "dies")} <= {"uncertain"}
    assert {states[letter] for letter, plan in plans.items() if plan == "refuses"} <= {"failed"}


def assert_audited(post: Post, folder: Path) -> None:
    post.processes.stop()
    services = post.installation.services
    services.runner.catch_up()
    (folder / "published").mkdir()
    path = write_log(services.database, folder / "published")
    command = [
        sys.executable,
        "-m",
        "service.audit",
        "replay",
        str(path),
        "--json",
        "--documents",
        str(path.parent / "documents"),
    ]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=120).stdout)
    assert report["error_count"] == 0, report["errors"]
