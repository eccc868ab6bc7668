"""An organizer opens, prolongs, closes, reopens and withdraws an appeal and tells of it; nobody else does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import sqlalchemy as sa

from service.desk.access_record import accesses
from service.store.tables import draft
from tests.campaigns.test_change_text import now
from tests.desk.test_commands import Terminal, account_of, passes_the_audit, terminal
from tests.installation import EXAMPLE, REF

__all__ = ["terminal"]

NEWS = """+++
format = "undersigned-news/1"
language = "en"
direction = "ltr"
title = "The court decided"
+++

It decided for them.
"""


def test_an_organizer_opens_an_imported_appeal(terminal: Terminal, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "appeal"))
    appeal = folder / "appeal.toml"
    appeal.write_text(appeal.read_text().replace('ref = "istanbul-two"', 'ref = "another"'))
    terminal.does(f"campaign import {folder}")
    refused = terminal.types(f"campaign open another {terminal.as_('olga')}")
    assert "consent" in str(refused.exception)  # as the folder says: nobody has recorded it
    with terminal.installation.services.database.write() as connection:
        content = json.loads(connection.execute(sa.select(draft.c.content)).scalar_one())
        content["appeal"] |= {"consent_of_persons": "recorded"}
        content["appeal"]["organizer"] = {"name": "Made-up Organizer", "address": ["1 Street"], "signed_by": "Made-up"}
        connection.execute(sa.update(draft).values(content=json.dumps(content)))
    assert "until 2026-05-31" in terminal.does(f"campaign open another {terminal.as_('olga')}")
    for line, said in (
        (f"extend {REF} 2026-01-01", "The appeal closes on 2026-05-31 already: choose a later day."),
        ("open nothing", "There is no imported appeal 'nothing'. Import it: `petition campaign import"),
        ("close nothing", "There is no open or closed appeal 'nothing'. `petition campaign list`"),
    ):
        assert said in str(terminal.types(f"campaign {line} {terminal.as_('olga')}").exception)


def test_an_organizer_ends_reopens_and_tells_of_an_appeal(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "news.md").write_text(NEWS)
    services = terminal.installation.services
    assert "no problems" in terminal.does(f"campaign update check {REF} {tmp_path}/news.md")
    for line, said in (
        (f"campaign extend {REF} 2026-12-31", f"extended {REF} until 2026-12-31"),
        (f"campaign close {REF} --reason outcome", f"closed {REF}: outcome"),
        (f"campaign reopen {REF} 2027-01-31", f"reopened {REF} until 2027-01-31"),
        (f"campaign outcome {REF} granted {tmp_path}/news.md", "granted"),
        (f"campaign update post {REF} {tmp_path}/news.md", f"/en/c/{REF}/updates"),
        (f"campaign withdraw {REF} --reason order", f"withdrew {REF}: order"),
    ):
        refused = terminal.types(f"{line} {terminal.as_('rosa')}")
        assert "This needs the role organizer" in str(refused.exception), line
        assert said in terminal.does(f"{line} {terminal.as_('olga')}")
    services.runner.catch_up()
    with services.database.read() as connection:
        noted = {one.action for one in accesses(connection) if one.account == account_of(terminal, "olga")}
    ended = {"campaign extended", "campaign closed", "campaign reopened", "campaign withdrawn"}
    assert ended | {"outcome recorded", "update posted"} <= noted
    assert passes_the_audit(terminal, tmp_path / "log.ndjson.gz")


def test_opening_ending_and_telling_need_an_account_and_news_a_file_without_problems(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "news.md").write_text(NEWS)
    (tmp_path / "wrong.md").write_text(NEWS.replace("ltr", "rtl"))
    ends = ("open REF", "extend REF 2026-12-31", "close REF", "withdraw REF --reason order", "reopen REF 2027-01-31")
    for line in (*ends, "outcome REF moot FILE", "update post REF FILE"):
        filled = line.replace("REF", REF).replace("FILE", f"{tmp_path}/news.md")
        assert "Missing option '--as'" in terminal.types(f"campaign {filled}").output
    assert now(terminal.installation).state == "open"
    told = terminal.types(f"campaign update check {REF} {tmp_path}/wrong.md")
    assert (told.exit_code, "wrong.md:4: direction is rtl" in told.output) == (1, True)
