"""Very many names: in volumes, some at a time, by workers that die, and whoever leaves meanwhile is in none of it.

The short form names 13; `NAMES=100000 ./petition test tests/desk/names/test_many_names.py -s` is the full one, with
volumes of their real size, and tells what it took.
"""

from __future__ import annotations

import functools
import os
import re
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.audit.__main__ import main
from service.letters import packing
from service.letters.printing_annex import VOLUME_ROWS, volumes
from service.operations import bench_people
from service.operations.bench_fill import fill
from service.operations.work import passes
from service.publishing.proofs import proof_since
from service.store.database import Database
from service.vault.annexes import leave_annexes
from service.vault.tables import letter_name, letter_package
from tests.desk.names.conftest import NAMES, Named, names_in, unzipped
from tests.desk.test_commands import Terminal
from tests.installation import Installation
from tests.kept import Kept, Told

NUMBER = int(os.environ.get("NAMES", "13"))
IS_SHORT = NUMBER < VOLUME_ROWS
ROWS, AT_ONCE = (5, 4) if IS_SHORT else (VOLUME_ROWS, packing.VOLUMES_AT_ONCE)
LANGUAGES = 2
FILES = LANGUAGES * -(-NUMBER // ROWS)


@dataclass
class Typist:
    """Counts what is typeset of annex B, and what each step of the way takes."""

    typeset: int = 0
    since: tuple[float, float] = field(default_factory=lambda: (time.monotonic(), cpu_s()))

    def tells(self, what: str) -> None:
        """Tell what a step took, this process and its children together; with `-s` it can be seen."""
        now, peak_mb = (time.monotonic(), cpu_s()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        took, used = (after - before for after, before in zip(now, self.since, strict=True))
        print(f"{what}: {took:.1f} s, {used:.1f} s of processor time; this process at its peak {peak_mb} MB")
        self.since = (time.monotonic(), cpu_s())


def cpu_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@pytest.fixture
def typist(monkeypatch: pytest.MonkeyPatch) -> Typist:
    """Return what counts; volumes are small in the short form."""
    made, real = Typist(), packing.typeset

    def counted(*given: Any) -> bytes:
        made.typeset += 1
        return real(*given)

    monkeypatch.setattr(packing, "typeset", counted)
    monkeypatch.setattr(packing, "VOLUMES_AT_ONCE", AT_ONCE)
    monkeypatch.setattr(packing, "volumes", functools.partial(volumes, most=ROWS))
    monkeypatch.setattr(bench_people, "DISCLOSURES", ("addressee", "public"))
    monkeypatch.setattr(bench_people, "FIRST", tuple(NAMES))
    return made


@pytest.fixture
def due(kept: Kept, request: pytest.FixtureRequest, dialect: str, typist: Typist, tmp_path: Path) -> Iterator[Named]:
    """Return an approved letter with very many names, whose package is not begun."""

    def make() -> tuple[Installation, Told]:
        made = Named(request.getfixturevalue("terminal"))
        fill(made.services, NUMBER)
        typist.tells(f"{NUMBER} people signed")
        made.composes()
        typist.tells("composed")
        made.approves()
        typist.tells("approved and settled")
        asked = made.terminal.does(f"letter link {made.letter} {made.terminal.as_('olga')}")
        made.terminal.approves(asked, by="rosa")
        return made.given_up()

    with kept.lent(f"many-{dialect}", tmp_path, make) as (installation, told):
        yield Named(Terminal(installation, tmp_path, **told.pop("terminal")), **told)


def one_pass(named: Named) -> int:
    """Let a worker that was just started look for names once, and die."""
    return {each.name: each for each in passes(named.services)}["names"].run()


def test_they_are_typeset_some_at_a_time_and_none_twice(due: Named, typist: Typist, tmp_path: Path) -> None:
    taken = []
    while one_pass(due):
        taken.append(typist.typeset - sum(taken))
        typist.tells(f"{taken[-1]} volumes")
        if sum(taken) < FILES:
            assert due.presses().status_code == 503
    assert taken == [AT_ONCE] * (FILES // AT_ONCE) + ([FILES % AT_ONCE] if FILES % AT_ONCE else [])
    page = due.terminal.installation.client().get(due.path)
    typist.tells("the page behind the link")
    assert f"{NUMBER:,}" in page.text
    answer = due.presses()
    typist.tells(f"fetched: {len(answer.data)} bytes")
    files = unzipped(answer.data)
    assert len(names_in(files)) == NUMBER
    pdfs = {name: content for name, content in files.items() if "annex-b" in name}
    assert len(pdfs) == FILES
    assert all(content.startswith(b"%PDF-") for content in pdfs.values())
    (tmp_path / "letter.zip").write_bytes(answer.data)
    due.works()
    due.terminal.does(f"log publish {tmp_path / 'log'}")
    command = ["package", str(tmp_path / "letter.zip"), "--policy", str(tmp_path / "log/keys")]
    typist.tells("log published")
    assert main([*command, "--source", str(tmp_path / "log")]) == 0
    typist.tells("audited")


def test_what_was_made_so_far_goes_with_whoever_leaves(due: Named) -> None:
    assert one_pass(due)
    database: Database = due.services.database
    with database.write() as connection:
        leaver = connection.execute(sa.select(letter_name.c.signature, letter_name.c.entry).limit(1)).one()
        leave_annexes(connection, [leaver.signature])
        row = connection.execute(sa.select(letter_package)).mappings().one()
        assert (row["sealed"], row["wrapped_key"]) == (None, None)
    while one_pass(due):
        pass
    files = due.fetches()
    assert len(names_in(files)) == NUMBER - 1
    assert not re.search(rf'"entry":{leaver.entry}[,}}]'.encode(), files["openings.json"])


def test_a_slower_worker_puts_no_half_of_a_package_in_the_place_of_a_whole_one(
    due: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = packing.typeset

    def overtaken(*given: Any) -> bytes:
        monkeypatch.setattr(packing, "typeset", real)
        while packing.pack_due(packing.Packing(due.services.log, due.services.keys, proof_since)):
            pass
        return real(*given)

    monkeypatch.setattr(packing, "typeset", overtaken)
    assert one_pass(due) == 0
    assert len(due.names()) == NUMBER
