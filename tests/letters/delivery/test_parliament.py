"""A letter to a made-up parliament, typed at the command line: from its office's record to an answer in public."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.app import create_app
from service.clock import FixedClock
from service.errors import Refused
from service.store.database import Database
from tests import installation
from tests.desk.test_commands import Terminal, passes_the_audit
from tests.installation import REF
from tests.letters.delivery.test_commands import works
from tests.letters.made_up import filled

SLOTS = """
[[letters]]
id = "P1"
kind = "parliament"
addressee = "made-up-parliament"
languages = ["tr", "en"]
annex = "tally"

[[milestones]]
"""
RECORD = """
[[addressees]]
id = "made-up-parliament"
kind = "parliament"
status = "unverified"
name = { tr = "Örnek Meclis Dilekçe Komisyonu", en = "Petitions Committee of the Example Parliament" }
heading = { tr = ["ÖRNEK MECLİS", "DİLEKÇE KOMİSYONU BAŞKANLIĞINA"], en = ["To the Example Parliament"] }
salutation = { tr = { parliament = "" }, en = { parliament = "Honourable Members," } }
closing = { tr = { parliament = "" }, en = { parliament = "Yours faithfully," } }
languages = ["tr"]
channels = ["post", "by_hand"]
country = "TR"
postal_lines = ["1 Example Street", "Exampletown"]
response_rule = { days = 60, counted_from = "receipt", law = "made-up rule", applies_if = "always", checked = "" }
source_url = "https://parliament.example/petitions"
checked_on = "2026-03-01"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the example appeal with a letter to a parliament, which its milestone raises at one."""
    made = tmp_path / "appeal"
    shutil.copytree(installation.EXAMPLE, made)
    appeal = (made / "appeal.toml").read_text()
    appeal = appeal.replace("\n[[milestones]]\n", SLOTS, 1).replace('["agency", ', '["parliament", "agency", ')
    appeal = appeal.replace("confirmed = 10 }, letters = [", 'confirmed = 1 }, letters = ["P1", ')
    (made / "appeal.toml").write_text(appeal)
    with (made / "addressees.toml").open("a") as file:
        file.write(RECORD)
    for language, head in (("tr", 'state = "reviewed"\ntranslates = "parliament.en.md"'), ("en", 'state = "reviewed"')):
        words = filled("parliament", language).replace('state = "machine"', head)
        (made / "letters" / f"parliament.{language}.md").write_text(words)
    return made


@pytest.fixture
def terminal(
    sqlite_database: Database, folder: Path, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Terminal]:
    """Return a terminal of an installation with that appeal open, signed once, and the people who are needed."""
    monkeypatch.setattr(installation, "EXAMPLE", folder)
    (tmp_path / "installation").mkdir()
    made = Terminal(installation.install(sqlite_database, tmp_path / "installation", clock), tmp_path)
    made.adds("ada")
    for name, role in (("ben", "administrator"), ("olga", "organizer"), ("rosa", "reviewer")):
        made.approves(made.adds(name, f"--role {role} {made.as_('ada')}"), by="ben")
    made.installation.signs("ada@example.org")
    made.installation.confirms("ada@example.org")
    yield made
    made.installation.services.database.dispose()


def composes(terminal: Terminal, line: str) -> str:
    told = terminal.does(f"letter compose {line} {terminal.as_('olga')}")
    return re.findall(r"as (l_[A-Za-z0-9]{10}):", told)[0]


def approves(terminal: Terminal, letter: str) -> None:
    terminal.approves(terminal.does(f"letter approve {letter} {terminal.as_('olga')}"), by="rosa")


def carries(terminal: Terminal, letter: str, day: str) -> None:
    out = terminal.folder / f"bundle-{letter}"
    terminal.does(f"letter bundle {letter} --channel post --out {out}")
    assert "STEPS.txt" in {path.name for path in out.iterdir()}
    terminal.does(f"letter handed-over {letter} --channel post --receipt RR-1 --day {day} {terminal.as_('olga')}")


def test_it_goes_from_a_draft_to_an_answer_once_the_ministry_kept_silent(terminal: Terminal, tmp_path: Path) -> None:
    terminal.installation.records()
    works(terminal)
    drafts = terminal.does("letter drafts")
    line = re.findall(rf"petition letter compose ({REF} P1.*) --as", drafts)[0]
    letter = composes(terminal, line)
    with pytest.raises(AssertionError, match="administrative way"):
        approves(terminal, letter)
    ministry = composes(terminal, f"{REF} L2")
    approves(terminal, ministry)
    carries(terminal, ministry, "2026-03-02")
    terminal.installation.clock.moment += timedelta(days=31)
    works(terminal)
    approves(terminal, letter)
    carries(terminal, letter, "2026-04-02")
    works(terminal)
    on = f"--day 2026-04-02 {terminal.as_('olga')}"
    terminal.does(f"letter acknowledge {letter} --number 2026/44 {on}")
    (tmp_path / "answer.txt").write_text("The committee will not pursue it.\n")
    on = f"--day 2026-04-02 {terminal.as_('olga')}"
    terminal.does(f"letter answer {letter} --kind refusal --file {tmp_path}/answer.txt {on}")
    terminal.approves(terminal.does(f"letter release {letter} --version 1 {terminal.as_('olga')}"), by="rosa")
    works(terminal)
    client = create_app(terminal.installation.services).test_client()
    page = client.get(f"/en/c/{REF}/letters/{letter}").get_data(as_text=True)
    assert "Petitions Committee of the Example Parliament" in page
    document = re.findall(r"/log/documents/([0-9a-f]{64})", page)
    assert b"The committee will not pursue it.\n" in [client.get(f"/log/documents/{one}").data for one in document]
    assert " answered " in terminal.does("letter list")
    assert passes_the_audit(terminal, tmp_path / "log.ndjson.gz")


def test_its_office_is_verified_by_two_people_first(terminal: Terminal, folder: Path) -> None:
    changed = folder / "addressees.toml"
    changed.write_text(changed.read_text().replace("1 Example Street", "2 Example Street"))
    assert "made-up-parliament: amended, unverified" in terminal.does(f"addressee import {changed}")
    terminal.installation.records()
    letter = composes(terminal, f"{REF} P1")
    refused = terminal.types(f"letter approve {letter} {terminal.as_('olga')}")
    assert isinstance(refused.exception, Refused)
    assert "verif" in str(refused.exception)
    asked = terminal.does(f"addressee verify made-up-parliament {terminal.as_('olga')}")
    assert "is verified by 2 people" in terminal.approves(asked, by="rosa")
