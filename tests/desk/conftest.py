"""A desk with people who have accounts, a clock that their authenticators follow, and verbs for what they do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher

from service.clock import FixedClock, day_of
from service.desk import passwords
from service.desk.accounts import Actor, Enrolment, NewAccount, add, found
from service.desk.requests import Desk
from service.desk.role_changes import ask_for_roles
from service.desk.sign_in import Credentials, sign_in
from service.desk.two_people import Request, approve, ask
from service.eventlog.log import PetitionLog
from service.request_kinds import KINDS
from service.store.database import Database
from service.vault.keys import Keys
from tests.letters.conftest import Appeal

PASSWORD = "quince harbour lantern"
STEP = timedelta(seconds=30)


@dataclass
class Office:
    """A desk and the people at it."""

    desk: Desk
    clock: FixedClock
    people: dict[str, Enrolment] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """Return the desk's database."""
        return self.desk.log.database

    def shows(self, name: str, password: str = PASSWORD) -> Credentials:
        """Return password and a fresh code: the authenticator's next one."""
        self.clock.moment += STEP
        return Credentials(name, password, pyotp.TOTP(self.people[name].secret).at(self.clock.moment))

    def acts(self, name: str) -> Actor:
        """Sign in with a fresh code."""
        return sign_in(self.desk, self.shows(name), self.clock.now())

    def new(self, name: str) -> NewAccount:
        """Return what a person says of themselves."""
        return NewAccount(name, f"Made-up {name.title()}", f"{name}@example.org", PASSWORD)

    def founds(self, name: str) -> None:
        """Make the first account."""
        self.people[name] = found(self.desk, self.new(name), day_of(self.clock.now()))

    def adds(self, name: str, by: str = "ada") -> None:
        """Let an administrator add an account."""
        self.people[name] = add(self.desk, self.new(name), self.acts(by), day_of(self.clock.now()))

    def asks_for_roles(self, name: str, *roles: str, by: str = "ada") -> Request:
        """Ask for roles of an account."""
        return ask_for_roles(self.desk, self.acts(by), name, roles, self.clock.now())

    def asks(self, by: str, kind: str, **params: object) -> Request:
        """Ask for something."""
        return ask(self.desk, self.acts(by), kind, params, self.clock.now())

    def approves(self, by: str, request: Request) -> str:
        """Approve a request with a fresh code."""
        return approve(self.desk, request.id, self.shows(by), self.clock.now())

    def appoints(self, name: str, *roles: str) -> None:
        """Add an account and give it roles, by the two administrators."""
        self.adds(name)
        self.approves("ben", self.asks_for_roles(name, *roles))


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let passwords cost next to nothing: a test signs in a dozen times. One test is of what they really cost."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Return new keys in a folder of their own."""
    return Keys.create(tmp_path / "keys", "petition.example/log")


@pytest.fixture
def empty_office(database: Database, clock: FixedClock, keys: Keys) -> Office:
    """Return a desk without an account."""
    return Office(Desk(PetitionLog(database), keys, KINDS), clock)


@pytest.fixture
def office(empty_office: Office) -> Office:
    """Return a desk with the administrators ada and ben, the organizer olga and the reviewer rosa."""
    empty_office.founds("ada")
    empty_office.adds("ben")
    empty_office.approves("ben", empty_office.asks_for_roles("ben", "administrator"))
    empty_office.appoints("olga", "organizer")
    empty_office.appoints("rosa", "reviewer")
    return empty_office


@pytest.fixture
def appeal(office: Office) -> Appeal:
    """Return the example appeal, open and not a demonstration, on the office's database."""
    made = Appeal(office.database, office.desk.log, office.clock)
    made.opens(demonstration=False)
    return made
