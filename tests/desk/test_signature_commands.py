"""False signatures at the command line: seen as groups, decided by two people, told to owners and everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.desk.access_record import accesses
from service.store.database import Database
from tests.desk.test_commands import Terminal, passes_the_audit
from tests.installation import REF, install

NUMBERS = f"/en/c/{REF}/numbers"


@pytest.fixture
def terminal(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Terminal]:
    """Return a terminal of an installation with two administrators and two moderators."""
    (tmp_path / "installation").mkdir()
    made = Terminal(install(database, tmp_path / "installation", clock), tmp_path)
    made.adds("ada")
    made.approves(made.adds("ben", f"--role administrator {made.as_('ada')}"), by="ben")
    for name in ("mira", "milo"):
        made.approves(made.adds(name, f"--role moderator {made.as_('ada')}"), by="ben")
    yield made
    made.installation.services.database.dispose()


def joins(terminal: Terminal, *addresses: str) -> list[str]:
    pages = []
    for address in addresses:
        terminal.installation.signs(address)
        pages.append(terminal.installation.confirms(address))
    terminal.installation.records()
    return pages


def shown(terminal: Terminal, path: str) -> str:
    answer = terminal.installation.client().get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_sequence_is_seen_decided_told_and_taken_back(terminal: Terminal, tmp_path: Path) -> None:
    installation = terminal.installation
    pages = joins(terminal, "eva@example.com", *(f"bot{number}@mailinator.com" for number in range(10)))
    before = shown(terminal, NUMBERS)
    assert terminal.does(f"signatures anomalies {REF}").splitlines()[-1].startswith("0 groups")
    seen = terminal.does(f"signatures anomalies {REF} {terminal.as_('mira')}")
    assert not re.search(r"bot\d|@mailinator|Made-up|eva", seen)
    group = re.findall(r"^(g_\w{10})  sequence +10 or more", seen, re.MULTILINE)[0]
    asked = terminal.does(f"signatures invalidate {REF} --group {group} --reason automated {terminal.as_('mira')}")
    assert "signatures: 10 of 10; left out: none" in asked
    assert "active at that log size: 11, with the decision: 1" in asked
    assert "another person" in str(terminal.types(f"request approve {asked.split()[1][:-1]} {terminal.as_('mira')}"
                                                  ).exception).lower()  # fmt: skip
    assert "10 of them do not count any more" in terminal.approves(asked, by="milo")
    installation.records()
    assert installation.count()["active"] == 1
    assert shown(terminal, NUMBERS) != before
    assert "It was made by a program".lower() in shown(terminal, NUMBERS).lower()
    own = shown(terminal, pages[1])
    assert "it was made by a program" in own
    assert "operator@petition.example" in own
    told = terminal.does(f"signatures batches {REF}")
    batch = re.findall(r"^(b_\w{10})  2026-03-02  automated +10 invalidated", told, re.MULTILINE)[0]
    assert "10 of them count again" in terminal.approves(
        terminal.does(f"signatures reinstate {batch} {terminal.as_('milo')}"), by="mira"
    )
    installation.records()
    assert installation.count()["active"] == 11
    assert passes_the_audit(terminal, tmp_path / "log.ndjson.gz")
    with installation.services.database.read() as connection:
        assert [one.action for one in accesses(connection)].count("signatures looked through") == 2


def test_a_list_from_a_file_names_entries_and_numbers_of_signatures(terminal: Terminal) -> None:
    pages = joins(terminal, "anna@example.com", "bela@example.com")
    number = re.findall(r'<bdi class="hash" dir="ltr">([\w-]{22})</bdi>', shown(terminal, pages[0]))[0]
    entry = int(re.findall(r"Entry (\d+) of the log", shown(terminal, pages[1]))[0])
    file = terminal.file("false.txt", "# seen on 2 March", "", number, f"{entry}  # the same hour")
    line = f"signatures invalidate {REF} --file {file} --reason forged"
    assert "signatures: 2 of 2" in terminal.does(f"{line} {terminal.as_('mira')}")
    for wrong in ("bela@example.com", "999999999999999", "A" * 22):
        terminal.file("false.txt", str(entry), wrong)
        assert "line 2 is no entry" in str(terminal.types(f"{line} {terminal.as_('mira')}").exception)


def test_a_domain_that_few_share_is_as_unknown_as_one_that_nobody_has(terminal: Terminal) -> None:
    joins(terminal, *(f"person{number}@example.com" for number in (3, 40)))
    refused = [
        str(terminal.types(f"signatures invalidate {REF} --domain {domain} --reason forged {terminal.as_('mira')}")
            .exception).replace(domain, "X")
        for domain in ("example.com", "example.net")
    ]  # fmt: skip
    assert refused[0] == refused[1]
    assert "fewer than" in refused[0]


@pytest.mark.parametrize("options", ["", "--domain example.com --group g_0000000000"])
def test_one_way_of_saying_which_is_wanted(terminal: Terminal, options: str) -> None:
    result = terminal.types(f"signatures invalidate {REF} {options} --reason forged {terminal.as_('mira')}")
    assert "with one of" in str(result.exception)


def test_who_is_no_moderator_sees_and_asks_nothing(terminal: Terminal) -> None:
    for line in (f"signatures anomalies {REF}", f"signatures invalidate {REF} --domain example.com --reason forged",
                 "signatures reinstate b_0000000000"):  # fmt: skip
        assert "moderator" in str(terminal.types(f"{line} {terminal.as_('ada')}").exception)
