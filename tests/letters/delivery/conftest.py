"""An approved letter of a demonstration, a mail server that says what a test wants, and the worker that hands over."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.eventlog.base import Event
from service.eventlog.events import LogOpened
from service.letters.approval import composed_letter, load_letter
from service.letters.commands import SendLetter
from service.letters.delivery import Post, deliver_next
from service.letters.posting import Sender
from service.letters.queueing import send_letter
from service.letters.tables import letter_delivery, letter_evidence
from service.outbox.delivery import OnceTransport
from service.outbox.smtp import Server, SmtpTransport
from service.store.tables import document
from tests.desk.conftest import Office, empty_office, keys, office, quick_passwords  # noqa: F401
from tests.desk.test_commands import terminal  # noqa: F401
from tests.letters.conftest import Appeal, changes
from tests.letters.delivery.mail_server import ReportingMailbox, ReportingServer

TO = "registry@office.example"
SENDER = Sender("letters@petition.example", "operator@petition.example", reports_to=True)


@dataclass
class Dispatch:
    """A letter that two people approved, and what organizers and the worker do with it."""

    office: Office
    appeal: Appeal
    transport: OnceTransport
    folder: Path
    letter: str = ""

    @property
    def post(self) -> Post:
        """Return what the worker hands letters over with."""
        desk = self.office.desk
        return Post(desk.log, desk.keys, self.transport, self.office.clock, SENDER)

    @property
    def state(self) -> str:
        """Return the letter's state as its events left it."""
        return load_letter(self.appeal.log, self.letter).state

    def composes(self, slot: str = "L1", again: str = "") -> str:
        """Compose a letter."""
        return self.appeal.composes(slot, again)

    def approves(self, letter: str) -> None:
        """Let two people approve a letter."""
        pdf = composed_letter(self.appeal.log, letter).pdf
        self.office.approves("rosa", self.office.asks("olga", "letter-approve", letter=letter, pdf=pdf))
        self.appeal.follow()

    def queues(self, letter: str = "") -> str:
        """Queue a letter for e-mail and return the address."""
        command = SendLetter(letter or self.letter, "a_olga", self.office.clock.now())
        return send_letter(command, self.appeal.log, SENDER)

    def works(self) -> int:
        """Run the worker's pass once."""
        done = deliver_next(self.post)
        self.appeal.follow()
        return done

    def waits(self, **time: float) -> None:
        """Let time pass."""
        self.office.clock.moment += timedelta(**time)

    def events(self, letter: str = "") -> list[Event]:
        """Return what happened to the letter since it was approved."""
        found = [one.event for one in self.appeal.log.stream(letter or self.letter)]
        last = max(number for number, event in enumerate(found) if event.topic == "letter.approved")
        return found[last + 1 :]

    def topics(self) -> list[str]:
        """Return the same as short names."""
        return [event.topic.removeprefix("letter.") for event in self.events()]

    def row(self) -> Any:
        """Return the row of the letter's message."""
        with self.appeal.database.read() as connection:
            chosen = sa.select(letter_delivery).where(letter_delivery.c.letter == self.letter)
            return connection.execute(chosen.order_by(letter_delivery.c.approval.desc())).mappings().first()

    def evidence(self) -> list[Any]:
        """Return the sealed evidence."""
        with self.appeal.database.read() as connection:
            return list(connection.execute(sa.select(letter_evidence)).mappings())

    def audited(self) -> dict[str, Any]:
        """Let the auditor's program replay the public log with its documents; it must find no error."""
        return audited(self.appeal, self.folder)


def audited(appeal: Appeal, folder: Path) -> dict[str, Any]:
    """Let the auditor's program replay the public log with its documents, and return its report."""
    folder.mkdir(exist_ok=True)
    leaves = [entry.leaf for entry in appeal.log.entries(0, 10_000) if entry.is_public]
    path = folder / "log.ndjson.gz"
    path.write_bytes(gzip.compress(b"\n".join(leaves) + b"\n"))
    with appeal.database.read() as connection:
        for row in connection.execute(sa.select(document).where(document.c.public, document.c.content.is_not(None))):
            (folder / row.hash).write_bytes(row.content)
    command = [sys.executable, "-m", "service.audit", "replay", str(path), "--json", "--documents", str(folder)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60)
    report: dict[str, Any] = json.loads(finished.stdout)
    assert report["error_count"] == 0, report["errors"]
    return report


@pytest.fixture
def appeal(office: Office) -> Appeal:  # noqa: F811
    """Return the example appeal, open as a demonstration whose letters go to one mailbox."""
    made = Appeal(office.database, office.desk.log, office.clock)
    desk_keys = office.desk.keys
    opened = LogOpened(
        day="2026-03-02", origin=desk_keys.origin, log_key=desk_keys.log_vkey, promise_key=desk_keys.promise_vkey
    )
    made.append(opened)
    made.opens()
    changes(made, mail_override=TO)
    made.signed_by("B", "C")
    return made


@pytest.fixture
def mailbox() -> ReportingMailbox:
    """Return what the mail server says and what it took."""
    return ReportingMailbox()


@pytest.fixture
def server(mailbox: ReportingMailbox) -> Iterator[ReportingServer]:
    """Return a running mail server that offers delivery reports."""
    running = ReportingServer(mailbox)
    running.start()
    yield running
    if not running.loop.is_closed():
        running.stop(no_assert=True)


@pytest.fixture
def dispatch(office: Office, appeal: Appeal, server: ReportingServer, tmp_path: Path) -> Dispatch:  # noqa: F811
    """Return an approved letter and a worker who can reach the mail server."""
    transport = SmtpTransport(Server("127.0.0.1", server.bound_port, timeout_s=5, last_answer_s=1))
    made = Dispatch(office, appeal, transport, tmp_path / "published")
    made.letter = made.composes()
    made.approves(made.letter)
    return made
