"""The demonstration's desk: two made-up people with accounts approve its letter, send it, and enter what came back."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.app import Services, letter_sender
from service.clock import day_of
from service.desk.accounts import Actor, NewAccount, account_row, add, found
from service.desk.role_changes import ask_for_roles
from service.desk.sign_in import Credentials, sign_in
from service.desk.two_people import approve, ask
from service.errors import NotFound, Refused
from service.letters.answers import acknowledge_letter
from service.letters.approval import composed_letter, load_letter
from service.letters.commands import AcknowledgeLetter, SendLetter
from service.letters.queueing import send_letter
from service.operations.demo_visitor import DemonstrationFailed

ORGANIZER, REVIEWER = "demo-organizer", "demo-reviewer"
PEOPLE = {ORGANIZER: "Example Organizer (made up)", REVIEWER: "Sample Reviewer (made up)"}
FILE_NUMBER = "DEMO/1"


@dataclass
class Staff:
    """The two people, and the file (0600) that holds what they sign in with: another person may try it by hand."""

    services: Services
    path: Path
    secrets: dict[str, Any] = field(default_factory=dict)

    def enrol(self) -> None:
        """Make both accounts with their roles, or read what an earlier demonstration wrote of them."""
        if self._is_there():
            self.secrets = json.loads(self.path.read_text())
            return
        desk, now = self.services.desk, self.services.clock.now()
        self._keep(ORGANIZER, lambda new: found(desk, new, day_of(now)))
        organizer = self.acts(ORGANIZER)
        self._keep(REVIEWER, lambda new: add(desk, new, organizer, day_of(now)))
        for name, roles in ((REVIEWER, ("administrator", "reviewer")), (ORGANIZER, ("administrator", "organizer"))):
            self.approves(ask_for_roles(desk, organizer, name, roles, now).id)

    def acts(self, name: str) -> Actor:
        """Sign in."""
        return sign_in(self.services.desk, self._shows(name), self.services.clock.now())

    def approves(self, request: str) -> str:
        """Let the reviewer approve a request."""
        return approve(self.services.desk, request, self._shows(REVIEWER), self.services.clock.now())

    def _shows(self, name: str) -> Credentials:
        """Return the password and a recovery code: an authenticator's next code would be half a minute away."""
        kept = self.secrets[name]
        code = kept["recovery_codes"].pop()
        self._write()
        return Credentials(name, kept["password"], code)

    def _is_there(self) -> bool:
        with self.services.database.read() as connection:
            try:
                account_row(connection, REVIEWER)
            except NotFound:
                return False
        if not self.path.exists():
            raise DemonstrationFailed(f"{self.path} is gone, and with it the demonstration's passwords: add --fresh")
        return True

    def _keep(self, name: str, make: Any) -> None:
        password = secrets.token_urlsafe(18)
        made = make(NewAccount(name, PEOPLE[name], f"{name}@example.org", password))
        kept = {"password": password, "totp_secret": made.secret, "recovery_codes": made.recovery_codes}
        self.secrets[name] = kept
        self._write()

    def _write(self) -> None:
        self.path.touch(mode=0o600)
        self.path.write_text(json.dumps(self.secrets, indent=1) + "\n")


def approve_letter(services: Services, staff: Staff, letter: str) -> None:
    """Let the organizer ask and the reviewer approve, if that was not done before."""
    if load_letter(services.log, letter).state != "composed":
        return
    params = {"letter": letter, "pdf": composed_letter(services.log, letter).pdf}
    request = ask(services.desk, staff.acts(ORGANIZER), "letter-approve", params, services.clock.now())
    staff.approves(request.id)


def queue_letter(services: Services, staff: Staff, letter: str) -> None:
    """Let the organizer queue the letter for the demonstration's mailbox, if that was not done before."""
    if load_letter(services.log, letter).state != "approved":
        return
    command = SendLetter(letter, staff.acts(ORGANIZER).account, services.clock.now())
    try:
        send_letter(command, services.log, letter_sender(services.settings))
    except Refused as error:
        raise DemonstrationFailed(f"{error}. Another version may have made this demonstration: add --fresh") from error


def enter_receipt(services: Services, staff: Staff, letter: str) -> None:
    """Let the organizer enter a made-up file number, if that was not done before."""
    if load_letter(services.log, letter).state != "handed_over":
        return
    now = services.clock.now()
    command = AcknowledgeLetter(letter, FILE_NUMBER, day_of(now), None, staff.acts(ORGANIZER).account, now)
    acknowledge_letter(command, services.log, services.keys)
