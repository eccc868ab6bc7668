"""`petition retention status` lists what is kept, and fails when something is past its time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from click.testing import CliRunner, Result

from service.campaigns.commands import CloseCampaign
from service.campaigns.handlers import close_campaign
from service.desk.tables import access_record, account, request
from service.operations.retention import retention
from service.operations.work import passes
from service.store.author_tables import letter_composer, text_writer
from service.store.database import Database
from tests.installation import REF, Installation
from tests.operations.conftest import Installs

DESIGN = Path(__file__).parents[2] / "docs/design/PRIVACY.md"
KEPT = {  # each row of PRIVACY.md section 2, by how it begins: who ends it, and what tells how much there is
    "form sent, not confirmed": (["retention"], ["forms and used links"]),
    "confirmed, waiting for the recorder": (["recorder"], ["confirmed, not yet recorded"]),
    "used link": (
        ["retention", "sealing"],
        ["forms and used links", "own links", "states of signatures", "who was asked to renew"],
    ),
    "name, address, country": (["sealing"], ["names and addresses"]),
    "the same (`forget`)": (["retention"], ["openings that wait"]),
    "proof of consent": (["sealing"], ["names and addresses"]),
    "news subscription": (["news", "sealing"], ["news subscriptions"]),
    "how many mails an address got": (["retention"], ["mails counted by address"]),
    "confirmation mail": (["outbox", "retention"], ["messages to be sent"]),
    "token key of the campaign": (["sealing"], ["token keys"]),
    "commitment, token, text, day": ([], []),  # for ever
    "letters and annex A": ([], []),  # for ever
    "annex B (names)": (["retention", "names", "sealing"], ["packages with names", "annexes with names"]),
    "who is named in which letter": (["sealing"], ["who is named in a letter", "erasures to be told"]),
    "evidence of delivery": (["old evidence"], ["evidence of letters"]),
    "organizers' accounts": (["retention"], ["closed accounts", "record of access"]),
    "requests of two people": (["retention"], ["requests of two people", "who composed a letter", "who wrote a text"]),
    "export of names": (["retention"], ["audit samples"]),
    "database backups": (["rewrap"], []),  # the files in BACKUP_DIR are listed by name
}


def status(installation: Installation) -> Result:
    return CliRunner().invoke(retention, ["status"], obj=installation.services)


def late(installation: Installation) -> list[str]:
    """Return what is past its time."""
    lines = [line for line in status(installation).output.splitlines() if " late " in line]
    return [line[:34].strip() for line in lines if line.split(" late ")[0].split()[-1] != "0"]


def test_it_names_what_is_past_its_time_until_the_worker_comes(installation: Installation) -> None:
    installation.signs("ada@example.org", news="yes")
    installation.confirms("ada@example.org")
    installation.signs("bob@example.org")
    installation.records()
    assert late(installation) == []
    assert status(installation).exit_code == 0
    installation.clock.moment += timedelta(hours=74)
    assert late(installation) == ["forms and used links", "mails counted by address"]
    assert status(installation).exit_code == 1
    close_campaign(CloseCampaign(REF, "goal", "test", installation.clock.now()), installation.services.log)
    assert f"{REF}: ended on 2026-03-05, sealed from 2026-04-04 on" in status(installation).output
    installation.clock.moment += timedelta(days=31)
    told = {"names and addresses", "states of signatures", "own links", "token keys", "news subscriptions"}
    assert told <= set(late(installation))
    for each in passes(installation.services):
        if each.name in ("retention", "sealing"):
            each.run()
    assert late(installation) == []
    assert "evidence of letters" in status(installation).output
    assert "old evidence" in {each.name for each in passes(installation.services)}
    assert f"{REF}: ended" not in status(installation).output


def test_every_row_of_the_design_has_who_ends_it_and_a_line(
    sqlite_database: Database, installs: Installs, tmp_path: Path
) -> None:
    section = DESIGN.read_text().split("## 2. ")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")][2:]
    assert [next((begins for begins in KEPT if row.startswith(begins)), row) for row in rows] == list(KEPT)
    installation = installs(sqlite_database, BACKUP_DIR=str(tmp_path / "backups"), KEYS_COPY=str(tmp_path))
    told = {line[:34].strip() for line in status(installation).output.splitlines()}
    works = {each.name for each in passes(installation.services)}
    assert {name for names, _ in KEPT.values() for name in names} - works == set()
    assert told - {line for _, lines in KEPT.values() for line in lines} == {"journal of erasures"}  # no row: section 5
    assert {line for _, lines in KEPT.values() for line in lines} - told == set()


def test_what_the_desk_kept_too_long_is_told_until_the_worker_comes(
    sqlite_database: Database, installs: Installs
) -> None:
    installation = installs(sqlite_database)
    sealed = {"kek": 1, "wrapped_key": b"", "sealed": b""}
    closed = {"name": "olga", "state": "closed", "password": "", "closed": "2026-03-02"} | sealed
    asked = {"kind": "k", "params": "{}", "says": "", "asked_by": "a", "asked_at": 1_772_409_600, "expires": 1}
    with sqlite_database.write() as connection:
        connection.execute(sa.insert(account).values(id="a", **closed))
        connection.execute(sa.insert(request).values(id="r", state="refused", **asked))
        connection.execute(sa.insert(access_record).values(account="a", action="x", number=1, day="2026-03-02"))
        connection.execute(sa.insert(letter_composer).values(letter="l", account="a", day="2026-03-02"))
        connection.execute(sa.insert(text_writer).values(document="t", account="a", day="2026-03-02"))
    (work,) = [each.run for each in passes(installation.services) if each.name == "retention"]
    for days, found in (
        (32, {"closed accounts", "requests of two people"}),
        (702, {"record of access", "who composed a letter", "who wrote a text"}),
    ):
        installation.clock.moment += timedelta(days=days)
        assert found <= set(late(installation))
        assert work()
        assert found & set(late(installation)) == set()
