"""A real web server and worker over an installation, which can be killed, and people who sign while that happens."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.client import HTTPException
from pathlib import Path

from service.operations.demo_visitor import Page, Visitor
from service.operations.processes import Address, Processes
from service.store.tables import waiting
from tests.installation import REF, Installation
from tests.ports import free_port, is_listening

GONE = (OSError, ValueError, HTTPException)  # what a killed server looks like to those who talk to it


PATIENCE_S = 240  # only a failure waits for it


def wait_until(condition: Callable[[], object], what: str, pause_s: float = 0.05) -> None:
    """Wait for a condition, some minutes at most. :raises AssertionError: if it does not come."""
    until, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not condition():
        assert time.monotonic() < until, f"waited {PATIENCE_S} seconds for {what}"
        pause.wait(pause_s)


def is_settled(installation: Installation) -> bool:
    """Return whether nothing waits to be appended, and all is counted."""
    return installation.rows(waiting) == 0 and not installation.services.runner.has_more()


@dataclass
class Server:
    """Web and worker of one installation."""

    environ: dict[str, str]
    folder: Path
    address: Address = field(default_factory=lambda: Address("127.0.0.1", free_port()))

    def __post_init__(self) -> None:
        self.processes = Processes(self.environ, self.folder / "logs")

    def start(self) -> None:
        """Start both."""
        self.processes.start_web(self.address)
        self.processes.start_worker()

    def kill(self) -> None:
        """Kill both and all their children at once, as a power cut would."""
        for process in self.processes.running.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.running.clear()
        pause = threading.Event()
        while is_listening(self.address.port):  # the master is dead; its workers take a moment
            pause.wait(0.01)

    @property
    def visitor(self) -> Visitor:
        """Return somebody who opens its pages."""
        return Visitor(self.address.base_url)


@dataclass
class Crowd:
    """People who sign and confirm, and remember what the server acknowledged."""

    server: Server
    mail_folder: Path
    signed: list[str] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)

    def sign(self, email: str) -> None:
        """Send the form; remember the address if the answer was the page after it."""
        visitor = self.server.visitor
        try:
            page = visitor.get(f"/en/c/{REF}/sign")
            form = page.form(with_field="full_name")
            values = form.filled(full_name="Made-up Person", email=email, consent="yes")
            if self._sent(visitor.send(page, form, values)):
                self.signed.append(email)
        except GONE:
            return

    def confirm(self, email: str, link: str) -> None:
        """Press the button; remember the address if the answer was the supporter's own page."""
        visitor = self.server.visitor
        try:
            page = visitor.get(link)
            form = page.form()
            answer = visitor.send(page, form, form.filled(action="confirm"))
            if answer.status == 200 and "/mine/" in answer.url:
                self.confirmed.append(email)
        except GONE:
            return

    def links(self) -> dict[str, str]:
        """Return the mailed link of each address."""
        found = {}
        for path in self.mail_folder.glob("*.eml"):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            match = re.search(r"/confirm/[A-Za-z0-9_-]{43}", mail.get_content())
            if match:
                found[str(mail["To"])] = match[0]
        return found

    def at_once(self, jobs: list[tuple[str, ...]], stop_after: threading.Event | None = None) -> None:
        """Do all jobs on eight threads: a job is an address to sign, or an address and a link to confirm."""
        with ThreadPoolExecutor(8) as pool:
            for job in jobs:
                pool.submit(self._do, job)

    def _do(self, job: tuple[str, ...]) -> None:
        if len(job) == 1:
            self.sign(job[0])
        else:
            self.confirm(job[0], job[1])

    def _sent(self, answer: Page) -> bool:
        return answer.status == 200 and answer.url.split("?")[0].endswith("/sent")
