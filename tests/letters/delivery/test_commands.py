"""From an approved letter to a released answer at the command line, with real files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.app import create_app
from service.desk.requests import Forbidden
from service.letters.evidence import SCAN_ENDINGS
from service.operations.letter_work import letter_work
from tests.desk.test_commands import Terminal, passes_the_audit
from tests.installation import REF


@pytest.fixture
def letter(terminal: Terminal) -> str:
    """Return the id of an approved letter to the court."""
    return approved(terminal, "L1")


def approved(terminal: Terminal, slot: str) -> str:
    told = terminal.does(f"letter compose {REF} {slot} {terminal.as_('olga')}")
    found = re.findall(r"as (l_[A-Za-z0-9]{10}):", told)[0]
    terminal.approves(terminal.does(f"letter approve {found} {terminal.as_('olga')}"), by="rosa")
    terminal.installation.services.runner.catch_up()
    return str(found)


def works(terminal: Terminal) -> None:
    """Let the worker do all that it does for letters."""
    for _name, _every_s, run, _takes_role in letter_work(terminal.installation.services):
        run()
    terminal.installation.services.runner.catch_up()


def test_it_is_sent_acknowledged_answered_and_the_answer_released(
    terminal: Terminal,
    letter: str,
    tmp_path: Path,
) -> None:
    told = terminal.does(f"letter send {letter} {terminal.as_('olga')}")
    assert "demonstration-mailbox@example.org" in told
    assert " queued " in terminal.does("letter list")
    works(terminal)
    assert " handed_over " in terminal.does("letter list")
    day = f"--day 2026-03-02 {terminal.as_('olga')}"
    assert "sealed" in terminal.does(f"letter acknowledge {letter} --number 2026/17 {day}")
    (tmp_path / "answer.txt").write_text("We have read your letter.\n")
    file = f"--file {tmp_path}/answer.txt --day 2026-03-02"
    assert "version 1" in terminal.does(f"letter answer {letter} --kind interim {file} {terminal.as_('olga')}")
    terminal.installation.services.runner.catch_up()
    client, page = terminal.installation.client(), f"/en/c/{REF}/letters/{letter}"
    assert "sealed until two people release it" in client.get(page).get_data(as_text=True)
    asked = terminal.does(f"letter release {letter} --version 1 {terminal.as_('olga')}")
    document = re.findall(r"Document ([0-9a-f]{64})", asked)[0]
    assert client.get(f"/log/documents/{document}").status_code == 404
    terminal.does(f"letter evidence {letter} --out {tmp_path}/read {terminal.as_('rosa')}")
    assert b"We have read your letter.\n" in [path.read_bytes() for path in (tmp_path / "read").iterdir()]
    assert "is public" in terminal.approves(asked, by="rosa")
    client = create_app(terminal.installation.services).test_client()  # another process: pages are kept for seconds
    assert f"/log/documents/{document}" in client.get(page).get_data(as_text=True)
    assert client.get(f"/log/documents/{document}").data == b"We have read your letter.\n"
    assert passes_the_audit(terminal, tmp_path / "log.ndjson.gz")


def test_a_person_carries_it_and_the_evidence_can_be_looked_at(
    terminal: Terminal,
    letter: str,
    tmp_path: Path,
) -> None:
    told = terminal.does(f"letter bundle {letter} --channel by_hand --out {tmp_path}/out --language tr")
    assert "Makine çevirisidir" in told
    assert (tmp_path / "out" / "STEPS.txt").is_file()
    scan = tmp_path / "stamped.jpg"
    scan.write_bytes(b"\xff\xd8\xff a stamped page")
    options = f"--channel by_hand --receipt 44-17 --day 2026-03-02 --scan {scan}"
    terminal.does(f"letter handed-over {letter} {options} {terminal.as_('olga')}")
    shown = terminal.does(f"letter evidence {letter} --out {tmp_path}/evidence {terminal.as_('olga')}")
    assert "44-17" in shown
    assert "1 piece of evidence, kept until 5 years after the appeal is sealed" in shown
    (written,) = (tmp_path / "evidence").iterdir()
    assert (written.suffix, written.read_bytes()) == (SCAN_ENDINGS["image/jpeg"], scan.read_bytes())
    terminal.installation.services.runner.catch_up()
    assert "the office’s registry" in terminal.installation.client().get(f"/en/c/{REF}/letters").get_data(as_text=True)
    assert passes_the_audit(terminal, tmp_path / "log.ndjson.gz")


def test_it_is_recalled_and_dropped(terminal: Terminal, letter: str, tmp_path: Path) -> None:
    terminal.does(f"letter send {letter} {terminal.as_('olga')}")
    assert "it is approved" in terminal.does(f"letter recall {letter} {terminal.as_('olga')}")
    works(terminal)
    terminal.does(f"letter drop {letter} --reason abandoned {terminal.as_('olga')}")
    assert passes_the_audit(terminal, tmp_path / "log.ndjson.gz")


@pytest.mark.parametrize("command", ["send", "recall", "drop --reason abandoned"])
def test_only_an_organizer_does_it(terminal: Terminal, letter: str, command: str) -> None:
    name, _, options = command.partition(" ")
    result = terminal.types(f"letter {name} {letter} {options} {terminal.as_('rosa')}")
    assert isinstance(result.exception, Forbidden)


def test_a_draft_tells_the_command_that_composes_it(terminal: Terminal) -> None:
    services = terminal.installation.services
    with services.database.write() as connection:
        lower = "UPDATE campaign SET settings = replace(settings, '\"confirmed\": 10', '\"confirmed\": 0')"
        connection.exec_driver_sql(lower)
    works(terminal)
    told = terminal.does("letter drafts")
    assert "1 drafts" in told
    (command,) = re.findall(r"petition (letter compose .*) --as", told)
    terminal.does(f"{command} {terminal.as_('olga')}")
    assert "0 drafts" in terminal.does("letter drafts")


def test_the_worker_hands_it_over_once(terminal: Terminal, letter: str) -> None:
    terminal.does(f"letter send {letter} {terminal.as_('olga')}")
    works(terminal)
    works(terminal)
    assert len(list(terminal.installation.mail_folder.glob("*.eml"))) == 1
