"""Signatures drawn by lot are opened for an auditor by two people, fetched once, and held against the published log."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.app import build_services, signing_desk
from service.audit.__main__ import main
from service.audit.sample_file import SampleFile, read_key, read_sample
from service.desk.requests import Forbidden, RequestStale
from service.desk.tables import request
from service.errors import NotFound, Refused
from service.eventlog.events import LOG_STREAM, AuditReported, ExportMade
from service.operations.work import passes
from service.publishing.beacon import CHAINS
from service.signatures.commands import WithdrawSignature
from service.signatures.handlers import withdraw_signature
from service.signatures.sealing import forget_signers
from service.store.tables import audit_sample
from tests.audit.witnesses import cosigned, witness
from tests.desk.test_commands import Terminal
from tests.desk.test_commands import terminal as staffed  # noqa: F401
from tests.installation import REF

RANDOMNESS = "5eed" * 16
SIGNERS = 9


@dataclass
class Audit:
    """An audit of an appeal that nine people signed, one of whom withdrew."""

    terminal: Terminal
    folder: Path
    pages: list[str]  # of the supporters

    @property
    def round(self) -> int:
        """Return the newest round of the beacon."""
        chain = CHAINS["quicknet"]
        return int(self.terminal.installation.clock.now().timestamp() - chain.genesis) // chain.period_s + 1

    def publishes(self) -> Path:
        """Publish the log into a folder and return it."""
        self.terminal.installation.records()
        self.terminal.does(f"log publish {self.folder / 'log'}")
        (self.folder / "policy").write_text(f"{(self.folder / 'log/keys').read_text()}witness w {witness(1)}\n")
        return self.folder / "log"

    def leaves(self, number: int, *, withdraw: bool = False, erase: bool = False) -> None:
        """Let a supporter withdraw or erase."""
        installation = self.terminal.installation
        command = WithdrawSignature(self.pages[number], withdraw, erase, installation.clock.now())
        withdraw_signature(command, signing_desk(installation.services))

    def asks(self, size: int = 8, by: str = "anna", **changed: Any) -> str:
        """Ask for a sample, and return what the command told."""
        key = changed.pop("to", None) or (self.folder / "public").read_text()
        seed = f"{changed.pop('round', self.round)}:{changed.pop('randomness', RANDOMNESS)}"
        given = {"checkpoint": self.folder / "checkpoint", "seed": seed} | changed
        options = " ".join(f"--{name} {value}" for name, value in given.items())
        return self.terminal.does(f"audit sample {REF} --size {size} --to {key} {options} {self.terminal.as_(by)}")

    def fetches(self, told: str, out: str = "sample", by: str = "anna") -> Path:
        """Fetch what was approved."""
        made = re.findall(r"the sample (s_[A-Za-z0-9]{10})", told)[0]
        path = self.folder / out
        self.terminal.does(f"audit fetch {made} --out {path} {self.terminal.as_(by)}")
        return path

    def checks(self, path: Path, *options: str) -> int:
        """Hold a sample against the published log, as its auditor does, and return the exit code."""
        key, policy, source = (str(self.folder / name) for name in ("key", "policy", "log"))
        command = ["sample", str(path), "--key", key, "--source", source, "--policy", policy]
        return main([*command, "--seed", f"{self.reads(path).round}:{RANDOMNESS}", *options])

    def reads(self, path: Path) -> SampleFile:
        """Return what a sample holds."""
        return read_sample(path, read_key(self.folder / "key"))[1]


@pytest.fixture
def audit(staffed: Terminal, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Audit:  # noqa: F811
    """Return an audit whose checkpoint a witness cosigned an hour ago."""
    staffed.approves(staffed.adds("anna", f"--role auditor {staffed.as_('ada')}"), by="ben")
    pages = []
    for number in range(SIGNERS):
        email = f"signer{number}@example.org"
        staffed.installation.signs(email, f"Made-up Name {number}", country="CZ")
        pages.append(staffed.installation.confirms(email).removeprefix("/mine/"))
    made = Audit(staffed, tmp_path, pages)
    made.leaves(0, withdraw=True)
    note = (made.publishes() / "checkpoint").read_bytes()
    (tmp_path / "checkpoint").write_bytes(cosigned(note, int(staffed.installation.clock.now().timestamp()), 1))
    staffed.installation.clock.moment += timedelta(hours=1)
    assert main(["sample", "--new-key", str(tmp_path / "key")]) == 0
    (tmp_path / "public").write_text(capsys.readouterr().out.strip())
    return made


def test_what_was_drawn_is_opened_for_the_auditor_alone_and_passes(
    audit: Audit, capsys: pytest.CaptureFixture[str]
) -> None:
    number = audit.round
    told = audit.asks(round=number)
    key = (audit.folder / "public").read_text()
    for named in (REF, "8 of the 8 signatures", RANDOMNESS, f"round {number} of 2026-03-02", key):
        assert named in told
    path = audit.fetches(audit.terminal.approves(told, by="ben"))
    assert path.stat().st_mode & 0o077 == 0
    assert b"example.org" not in path.read_bytes()
    log = audit.terminal.installation.services.log
    event = log.stream(LOG_STREAM)[-1].event
    assert isinstance(event, ExportMade)
    assert (event.scope, event.recipient, event.approvals) == ("audit-sample", "auditor", 2)
    audit.publishes()
    capsys.readouterr()
    assert audit.checks(path, "--json") == 0
    figures = json.loads(capsys.readouterr().out)["sample"]
    assert (figures["sampled"], figures["opened"], figures["unanswered"], figures["failed"]) == (8, 8, 0, 0)
    assert (figures["at_size"], figures["population"]) == (event.at_size, 8)
    assert audit.checks(path) == 0
    assert "8 opened, 0 unanswered, 0 failed" in capsys.readouterr().out


def test_of_who_was_erased_or_renewed_nothing_opens_and_that_counts_as_unverified(
    audit: Audit, capsys: pytest.CaptureFixture[str]
) -> None:
    audit.leaves(3, erase=True)
    audit.leaves(4, withdraw=True, erase=True)
    audit.leaves(5, withdraw=True)
    for read in audit.terminal.installation.mail_folder.glob("*.eml"):
        read.unlink()  # so that the link in the next one is pressed
    audit.terminal.installation.signs("signer5@example.org", "Made-up Other Name")
    audit.terminal.installation.confirms("signer5@example.org")
    path = audit.fetches(audit.terminal.approves(audit.asks(), by="ben"))
    audit.publishes()
    capsys.readouterr()
    assert audit.checks(path, "--json") == 0
    figures = json.loads(capsys.readouterr().out)["sample"]
    assert (figures["opened"], figures["unanswered"]) == (5, 3)
    assert not re.search("signer[0345]|Other", str(audit.reads(path)))


def test_it_is_fetched_once_by_who_asked(audit: Audit) -> None:
    terminal = audit.terminal
    terminal.approves(terminal.adds("avi", f"--role auditor {terminal.as_('ada')}"), by="ben")
    told = terminal.approves(audit.asks(), by="ben")
    made = re.findall(r"the sample (s_[A-Za-z0-9]{10})", told)[0]
    for by, refusal in (("avi", NotFound), ("ben", Forbidden)):
        answer = terminal.types(f"audit fetch {made} --out {audit.folder / 'theirs'} {terminal.as_(by)}")
        assert isinstance(answer.exception, refusal)
    audit.fetches(told)
    again = terminal.types(f"audit fetch {made} --out {audit.folder / 'again'} {terminal.as_('anna')}")
    assert isinstance(again.exception, NotFound)
    assert not (audit.folder / "again").exists()
    assert not (audit.folder / "theirs").exists()


def test_a_crash_between_approving_and_fetching_or_a_full_disk_loses_nothing(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = audit.terminal
    told = terminal.approves(audit.asks(), by="ben")
    before = terminal.installation.services
    services = replace(build_services(before.settings), clock=terminal.installation.clock)
    terminal.installation.services = services

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(AssertionError, match="No space left"):
            audit.fetches(told, "broken")
    assert terminal.installation.rows(audit_sample) == 1
    assert not (audit.folder / "broken").exists()
    assert len(audit.reads(audit.fetches(told)).answers) == 8
    assert terminal.installation.rows(audit_sample) == 0
    before.database.dispose()


def test_nobody_fetches_it_after_seven_days_and_the_worker_deletes_it(audit: Audit) -> None:
    terminal = audit.terminal
    told = terminal.approves(audit.asks(), by="ben")
    assert re.search(r"audit samples +1 kept +0 late", terminal.does("retention status"))
    terminal.installation.clock.moment += timedelta(days=7, hours=2)
    assert re.search(r"audit samples +1 kept +1 late", terminal.types("retention status").output)
    with pytest.raises(AssertionError, match="seven days"):
        audit.fetches(told)
    {each.name: each for each in passes(terminal.installation.services)}["retention"].run()
    assert terminal.installation.rows(audit_sample) == 0


def test_one_person_alone_hands_nothing_out(audit: Audit) -> None:
    terminal = audit.terminal
    asked = terminal.does(f"account roles anna --role auditor --role administrator {terminal.as_('ada')}")
    terminal.approves(asked, by="ben")
    told = audit.asks()
    request_id = re.findall(r"request (r_[A-Za-z0-9]{10})", told)[0]
    for by in ("anna", "olga", "rosa"):
        answer = terminal.types(f"request approve {request_id} {terminal.as_(by)}")
        assert isinstance(answer.exception, Forbidden), by
    assert terminal.installation.rows(audit_sample) == 0
    with pytest.raises(AssertionError, match="Forbidden"):
        audit.asks(by="olga")


def test_what_is_opened_follows_from_the_log_and_not_from_the_requests_row(audit: Audit) -> None:
    database = audit.terminal.installation.services.database
    told, other = audit.asks(3), audit.asks(3)
    for asked, name, value in ((told, "entries", [0, 1, 2]), (other, "randomness", "0bad" * 16)):
        request_id = re.findall(r"request (r_[A-Za-z0-9]{10})", asked)[0]
        with database.write() as connection:
            this = request.c.id == request_id
            params = json.loads(connection.execute(sa.select(request.c.params).where(this)).scalar_one())
            changed = json.dumps(params | {name: value})
            connection.execute(sa.update(request).where(this).values(params=changed))
    assert audit.checks(audit.fetches(audit.terminal.approves(told, by="ben"))) == 0
    request_id = re.findall(r"request (r_[A-Za-z0-9]{10})", other)[0]
    answer = audit.terminal.types(f"request approve {request_id} {audit.terminal.as_('ben')}")
    assert isinstance(answer.exception, RequestStale)


def test_a_round_that_was_known_before_or_is_to_come_is_refused(audit: Audit) -> None:
    for changed, refusal in (
        ({"round": audit.round - 1190}, "10 minutes later"), ({"round": audit.round + 100}, "not known yet"),
        ({"round": 10**30}, "is no time"), ({"randomness": "5EED" * 16}, "64 lower-case"),
        ({"size": 9}, "8 signatures were active"), ({"size": 1001}, "1 to 1000"), ({"to": "AAAA"}, "--new-key"),
    ):  # fmt: skip
        with pytest.raises(AssertionError, match=refusal):
            audit.asks(**changed)


def test_without_a_witness_the_request_says_that_time_is_not_proven(
    audit: Audit, capsys: pytest.CaptureFixture[str]
) -> None:
    told = audit.asks(checkpoint=audit.folder / "log/checkpoint")
    assert "is not proven" in told
    assert audit.checks(audit.fetches(audit.terminal.approves(told, by="ben"))) == 3


def test_a_checkpoint_of_another_log_or_history_is_refused(audit: Audit) -> None:
    right, wrong = (audit.folder / "checkpoint").read_text(), audit.folder / "wrong"
    size = right.split("\n")[1]
    for changed in (
        right.replace("petition.example", "petition.invalid"), right.replace(f"\n{size}\n", f"\n{int(size) - 1}\n"),
        right.replace(f"\n{size}\n", "\n999999\n"), right.replace(f"\n{size}\n", f"\n0{size}\n"),
        right.replace(right.split("\n")[4], right.split("\n")[5]), "nothing", "",
    ):  # fmt: skip
        wrong.write_text(changed)
        with pytest.raises(AssertionError, match="no checkpoint of this log"):
            audit.asks(checkpoint=wrong)


def test_the_result_stands_in_the_log_when_two_people_say_so(audit: Audit) -> None:
    report = audit.terminal.file("report.txt", "Eight were drawn, eight opened.")
    line = f"audit report {REF} --at-size 9 --sampled 8 --opened 7 --unanswered 1 --failed"
    told = audit.terminal.does(f"{line} 0 {report} {audit.terminal.as_('anna')}")
    document = re.findall(r"The report ([0-9a-f]{64})", told)[0]
    client = audit.terminal.installation.client()
    assert client.get(f"/log/documents/{document}").status_code == 404
    audit.terminal.approves(told, by="rosa")
    event = audit.terminal.installation.services.log.stream(LOG_STREAM)[-1].event
    assert isinstance(event, AuditReported)
    assert (event.sampled, event.opened, event.unanswered, event.failed) == (8, 7, 1, 0)
    assert client.get(f"/log/documents/{document}").text == "Eight were drawn, eight opened.\n"
    log = str(audit.publishes())
    assert main(["verify", log, "--policy", str(audit.folder / "policy"), "--documents", "--quiet"]) in (0, 3)
    wrong = audit.terminal.types(f"{line} 1 {report} {audit.terminal.as_('anna')}")
    assert isinstance(wrong.exception, Refused)


def test_sealing_an_appeal_deletes_what_waits_of_it(audit: Audit) -> None:
    installation = audit.terminal.installation
    audit.terminal.approves(audit.asks(), by="ben")
    with installation.services.database.write() as connection:
        campaign = connection.execute(sa.select(audit_sample.c.campaign)).scalar_one()
        assert forget_signers(connection, campaign, "", 100)
        assert forget_signers(connection, campaign, "~", 100) is None
    assert installation.rows(audit_sample) == 0
