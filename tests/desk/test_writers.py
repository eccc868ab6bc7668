"""Who wrote a text or a wording is kept, and of the two who approve a letter one neither wrote nor composed it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.campaigns.appeal_folder import read_appeal_folder
from service.campaigns.commands import OpenCampaign
from service.campaigns.drafts import import_appeal
from service.campaigns.opening import open_campaign
from service.clock import FixedClock
from service.desk.retention import sweep
from service.eventlog.log import PetitionLog
from service.letters.addressees import import_addressees
from service.store.author_tables import text_writer
from service.store.database import Database
from service.store.tables import campaign, campaign_text, event
from service.vault.keys import Keys
from tests.desk.test_commands import (
    Terminal,
    account_of,
    passes_the_audit,
    terminal,  # noqa: F401
)
from tests.installation import EXAMPLE, REF


def changed(folder: Path, *names: str) -> Path:
    """Add a word to files of the example appeal, copied to a folder."""
    if not folder.exists():
        shutil.copytree(EXAMPLE, folder)
    for name in names:
        words = (folder / name).read_text()
        (folder / name).write_text(words.rstrip() + " Thanks.\n")
    return folder


def writers(connection: sa.Connection) -> dict[str, set[str]]:
    """Return the accounts that wrote the present text or wording, by kind and language."""
    joined = campaign_text.join(text_writer, text_writer.c.document == campaign_text.c.hash)
    chosen = sa.select(campaign_text.c.kind, campaign_text.c.language, text_writer.c.account).select_from(joined)
    found: dict[str, set[str]] = {}
    for kind, language, account in connection.execute(chosen):
        found.setdefault(f"{kind}.{language}", set()).add(account)
    return found


def test_who_brings_in_what_is_new_or_is_named_for_it_wrote_it_and_does_not_approve_its_letters(
    terminal: Terminal,  # noqa: F811
    tmp_path: Path,
) -> None:
    services = terminal.installation.services
    roles = "--role reviewer --role translator"
    for name in ("tessa", "theo"):
        terminal.approves(terminal.adds(name, f"{roles} {terminal.as_('ada')}"), by="ben")
    folder = changed(tmp_path / "appeal", "text.en.md", "letters/ministry_petition.tr.md")
    line = f"campaign text correct {REF} {folder}"
    assert "role organizer or translator" in str(terminal.types(f"{line} {terminal.as_('rosa')}").exception)
    assert "add --as" in str(terminal.types(f"{line} --written-by theo").exception)
    assert "no account nobody" in str(terminal.types(f"{line} --written-by nobody {terminal.as_('tessa')}").exception)
    terminal.does(f"{line} --written-by theo {terminal.as_('tessa')}")
    services.runner.catch_up()
    tessa, theo = (account_of(terminal, name) for name in ("tessa", "theo"))
    with services.database.read() as connection:
        both = {tessa, theo}
        assert writers(connection) == {"text.en": both, "letter:ministry_petition.tr": both}
    told = terminal.does(f"letter compose {REF} L2 {terminal.as_('olga')}")
    letter_id = re.findall(r"as (l_[A-Za-z0-9]{10}):", told)[0]
    asked = terminal.does(f"letter approve {letter_id} {terminal.as_('olga')}")
    assert f"written by {', '.join(sorted(both))}." in asked
    request = re.findall(r"request (r_[A-Za-z0-9]{10})", asked)[0]
    for name in ("tessa", "theo"):
        refused = terminal.types(f"request approve {request} {terminal.as_(name)}")
        assert "its own work" in str(refused.exception)
    terminal.approves(asked, by="rosa")
    with services.database.read() as connection:
        leaves = b"".join(connection.scalars(sa.select(event.c.state)))
    assert not [one for one in both if one.encode() in leaves]
    assert passes_the_audit(terminal, tmp_path / "log.ndjson.gz")


def test_a_version_keeps_the_writers_of_the_one_that_it_grew_from(
    sqlite_database: Database, clock: FixedClock, keys: Keys, tmp_path: Path
) -> None:
    log, now = PetitionLog(sqlite_database), clock.now()
    import_addressees(EXAMPLE / "addressees.toml", log, now, verified=True)
    folder = changed(tmp_path / "appeal")
    with sqlite_database.write() as connection:
        import_appeal(connection, read_appeal_folder(folder), {"a_first"})
        changed(folder, "text.tr.md")
        import_appeal(connection, read_appeal_folder(folder), {"a_second"})
    open_campaign(OpenCampaign(REF, "test", now, demonstration=True), log, keys)
    with sqlite_database.read() as connection:
        found = writers(connection)
    assert found.pop("text.tr") == {"a_first", "a_second"}
    assert found["letter:court_open_letter.tr"] == {"a_first"}
    assert set().union(*found.values()) == {"a_first"}


@pytest.mark.parametrize(("state", "kept"), [("closed", True), ("sealed", False)])
def test_it_is_forgotten_after_two_years_unless_a_letter_may_still_go(
    sqlite_database: Database, clock: FixedClock, state: str, *, kept: bool
) -> None:
    with sqlite_database.write() as connection:
        row = {"campaign": "c_Example001", "kind": "text", "language": "en", "hash": "a" * 64, "state": "draft"}
        connection.execute(sa.insert(campaign_text).values(row))
        connection.execute(sa.insert(campaign).values(id="c_Example001", ref="some-appeal", state=state))
        for document in ("a" * 64, "b" * 64):
            connection.execute(sa.insert(text_writer).values(document=document, account="a_one", day="2024-02-28"))
    sweep(sqlite_database, clock.now())
    with sqlite_database.read() as connection:
        assert connection.scalars(sa.select(text_writer.c.document)).all() == (["a" * 64] if kept else [])
