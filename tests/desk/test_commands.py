"""From the first account to an approved letter, at the command line, with real files of passwords and codes."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import click
import pyotp
import pytest
from click.testing import CliRunner, Result

from service.cli import petition
from service.desk.sign_in import SignInRefused
from service.letters.events import LetterApproved
from service.operations.export import export_log
from service.operations.work import passes
from tests.desk.conftest import PASSWORD
from tests.installation import REF, Installation, install
from tests.kept import Kept, Told

TOP = Path(__file__).resolve().parent.parent.parent


@dataclass
class Terminal:
    """Types commands as different people, each with an authenticator."""

    installation: Installation
    folder: Path
    secrets: dict[str, str] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)

    def types(self, line: str, typed: str = "") -> Result:
        """Type a command, without the word petition."""
        group, *words = line.split()
        command = petition.commands[group]
        return CliRunner().invoke(command, words, obj=self.installation.services, input=typed)

    def does(self, line: str) -> str:
        """Type a command that has to succeed."""
        result = self.types(line)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def as_(self, name: str, password: str = PASSWORD, code: str = "") -> str:
        """Return the options that say who acts."""
        self.installation.clock.moment += timedelta(seconds=30)
        code = code or pyotp.TOTP(self.secrets[name]).at(self.installation.clock.moment)
        return f"--as {name} --credentials {self.file(name, password, code)}"

    def file(self, name: str, *lines: str) -> Path:
        """Write a file that its owner alone can read."""
        path = self.folder / name
        path.write_text("\n".join([*lines, ""]))
        path.chmod(0o600)
        return path

    def adds(self, name: str, options: str = "") -> str:
        """Make an account and take its secret in."""
        password = self.file("password", PASSWORD)
        line = f"account add {name} --person Made-up-{name} --email {name}@example.org --new-password {password}"
        told = self.does(f"{line} {options}")
        self.takes_in(name, told)
        return told

    def takes_in(self, name: str, told: str) -> None:
        """Let an authenticator take in what a command told."""
        self.secrets[name] = re.findall(r"otpauth://totp/\S*secret=([A-Z2-7]+)", told)[0]
        self.codes[name] = re.findall(r"^  ([A-Z2-7-]{29})$", told, re.MULTILINE)

    def given_up(self) -> tuple[Installation, Told]:
        """Return the installation, for others to have copies of, and what its people know."""
        return self.installation, {"secrets": self.secrets, "codes": self.codes}

    def approves(self, told: str, by: str) -> str:
        """Approve what another command asked for."""
        return self.does(f"request approve {re.findall(r'request (r_[A-Za-z0-9]{10})', told)[0]} {self.as_(by)}")


@pytest.fixture
def terminal(kept: Kept, request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal of an installation with two administrators, an organizer and a reviewer."""

    def make() -> tuple[Installation, Told]:
        (tmp_path / "new").mkdir()
        clock = request.getfixturevalue("clock")
        made = Terminal(install(request.getfixturevalue(f"{dialect}_database"), tmp_path / "new", clock), tmp_path)
        made.adds("ada")
        made.approves(made.adds("ben", f"--role administrator {made.as_('ada')}"), by="ben")
        made.approves(made.adds("olga", f"--role organizer {made.as_('ada')}"), by="ben")
        made.approves(made.adds("rosa", f"--role reviewer {made.as_('ada')}"), by="ben")
        return made.given_up()

    with kept.lent(f"staffed-{dialect}", tmp_path, make) as (installation, told):
        yield Terminal(installation, tmp_path, **told)


def test_a_letter_is_composed_asked_for_approved_and_passes_the_audit(terminal: Terminal, tmp_path: Path) -> None:
    services = terminal.installation.services
    composed = terminal.does(f"letter compose {REF} L1 {terminal.as_('olga')}")
    letter_id = re.findall(r"as (l_[A-Za-z0-9]{10}):", composed)[0]
    asked = terminal.does(f"letter approve {letter_id} {terminal.as_('olga')}")
    request_id = re.findall(r"request (r_[A-Za-z0-9]{10})", asked)[0]
    assert f"Composed on 2026-03-02 by {account_of(terminal, 'olga')}." in asked
    assert f"{request_id}  letter-approve" in terminal.does("request list")
    assert "asked by olga" in terminal.does(f"request show {request_id}")
    assert "another person" in str(terminal.types(f"request approve {request_id} {terminal.as_('olga')}").exception)
    told = terminal.does(f"request approve {request_id} {terminal.as_('rosa')}")
    assert f"done: letter {letter_id} is approved by 2 people" in told
    event = services.log.stream(letter_id)[-1].event
    assert isinstance(event, LetterApproved)
    assert event.approvals == 2
    services.runner.catch_up()
    assert f"{letter_id}  {REF}/L1" in terminal.does(f"letter list {REF}")
    assert " approved " in terminal.does(f"letter list {REF}")
    document = re.findall(r"plain text ([0-9a-f]{64})", asked)[0]
    removal = terminal.does(f"campaign takedown {document} --reason mistake {terminal.as_('olga')}")
    assert "is taken down: mistake" in terminal.approves(removal, by="rosa")
    assert passes_the_audit(terminal, tmp_path / "log.ndjson.gz")


def account_of(terminal: Terminal, name: str) -> str:
    listed = terminal.does("account list")
    return re.findall(rf"^{name} +(a_[A-Za-z0-9]{{10}})", listed, re.MULTILINE)[0]


def passes_the_audit(terminal: Terminal, file: Path) -> bool:
    with gzip.open(file, "wb") as out:
        database = terminal.installation.services.database
        export_log(database, out, compress=False, progress=lambda _written: None)  # type: ignore[arg-type]
    command = [sys.executable, "-m", "service.audit", "replay", str(file)]
    finished = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return True


def test_an_addressee_is_verified_from_the_command_line(terminal: Terminal, tmp_path: Path) -> None:
    source = (TOP / "examples" / REF / "addressees.toml").read_text()
    changed = tmp_path / "changed.toml"
    changed.write_text(source.replace('hours = ""', 'hours = "Mon-Fri 09:00-17:00"', 1))
    told = terminal.does(f"addressee import {changed}")
    name = re.findall(r"^([a-z0-9-]+): amended, unverified", told, re.MULTILINE)[0]
    asked = terminal.does(f"addressee verify {name} {terminal.as_('olga')}")
    assert "is verified by 2 people" in terminal.approves(asked, by="rosa")
    assert passes_the_audit(terminal, tmp_path / "log.ndjson.gz")


def test_a_request_is_refused_and_then_over(terminal: Terminal) -> None:
    asked = terminal.does(f"account roles rosa --role translator {terminal.as_('ada')}")
    request_id = re.findall(r"request (r_[A-Za-z0-9]{10})", asked)[0]
    assert f"refused {request_id}" in terminal.does(f"request refuse {request_id} {terminal.as_('ben')}")
    assert "0 requests" in terminal.does("request list")
    assert "refused by ben" in terminal.does(f"request show {request_id}")
    assert request_id in terminal.does("request list --all")


def test_password_and_code_are_asked_for_where_no_file_holds_them(terminal: Terminal) -> None:
    terminal.installation.clock.moment += timedelta(seconds=30)
    code = pyotp.TOTP(terminal.secrets["rosa"]).at(terminal.installation.clock.moment)
    result = terminal.types("account show rosa --as rosa", f"{PASSWORD}\n{code}\n")
    assert result.exit_code == 0, result.output
    assert "Made-up-rosa" in result.output
    assert PASSWORD not in result.output
    assert "Made-up" not in terminal.does("account show rosa")


def test_a_file_of_credentials_that_others_can_read_is_refused(terminal: Terminal) -> None:
    path = terminal.file("open", PASSWORD, "000000")
    path.chmod(0o644)
    result = terminal.types(f"account show rosa --as rosa --credentials {path}")
    assert "chmod 0600" in str(result.exception)
    short = terminal.file("short", PASSWORD)
    result = terminal.types(f"account show rosa --as rosa --credentials {short}")
    assert "second" in str(result.exception)


def test_password_and_code_are_never_an_argument() -> None:
    for group in ("account", "request", "letter", "campaign", "addressee"):
        for command in petition.commands[group].commands.values():  # type: ignore[attr-defined]
            options = {name for each in command.params if isinstance(each, click.Option) for name in each.opts}
            assert not options & {"--password", "--code", "--totp"}


def test_holders_change_their_own_password_second_factor_and_codes(terminal: Terminal) -> None:
    file = terminal.file("changed", "another three words")
    assert "is changed" in terminal.does(f"account password --new-password {file} {terminal.as_('rosa')}")
    assert isinstance(terminal.types(f"account totp {terminal.as_('rosa')}").exception, SignInRefused)
    changed = "another three words"
    told = terminal.does(f"account totp {terminal.as_('rosa', changed, terminal.codes['rosa'][0])}")
    terminal.takes_in("rosa", told)
    codes = terminal.does(f"account recovery-codes {terminal.as_('rosa', changed)}")
    assert len(re.findall(r"^  [A-Z2-7-]{29}$", codes, re.MULTILINE)) == 10


def test_an_account_is_disabled_and_closed(terminal: Terminal) -> None:
    assert "disabled rosa" in terminal.does(f"account disable rosa {terminal.as_('ada')}")
    assert "disabled" in terminal.does("account list")
    assert "closed rosa" in terminal.does(f"account close rosa {terminal.as_('ada')}")


def test_the_worker_forgets_a_closed_account(terminal: Terminal) -> None:
    terminal.does(f"account close rosa {terminal.as_('rosa')}")
    terminal.installation.clock.moment += timedelta(days=30)
    {each.name: each for each in passes(terminal.installation.services)}["retention"].run()
    assert "rosa" not in terminal.does("account list")


def test_only_an_administrator_adds_accounts_after_the_first(terminal: Terminal) -> None:
    password = terminal.file("new", PASSWORD)
    line = f"account add eve --person Eve --email eve@example.org --new-password {password}"
    assert "--as" in str(terminal.types(line).exception)
    assert "administrator" in str(terminal.types(f"{line} {terminal.as_('olga')}").exception)


def test_roles_are_explained_without_a_database() -> None:
    result = CliRunner().invoke(petition, ["account", "roles"])
    assert result.exit_code == 0
    assert "may not approve what they wrote or composed" in result.output
