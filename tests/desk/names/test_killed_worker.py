"""kill -9 of the worker before and after every durable step of a letter with names, from settling to locking.

A worker is a process of its own that dies at its n-th point: before or after a commit, before or after a volume is
typeset. What it leaves, another finishes. The short form tries some points, evenly spread;
`FAULT_ROUNDS=1000 ./petition test tests/desk/names/test_killed_worker.py` tries all there are.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.app import build_services
from service.letters import fetching, packing
from service.letters.events import LetterHandedOver, LetterNamesReduced, LetterUncertain
from service.operations.work import passes
from service.store.database import Database
from service.vault.tables import letter_package
from tests.desk.names.conftest import NAMES, Named, names_in, unzipped
from tests.desk.test_commands import Terminal
from tests.installation import Installation
from tests.kept import Kept, Told

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "5"))
Due = Callable[[int], AbstractContextManager[Named]]
SEVENTH = "Seventh Example"
NAMED_FIRST, NAMED_LAST = [*NAMES[1:], SEVENTH], [*NAMES[2:], SEVENTH]  # one left before the worker began, one after


@dataclass
class Points:
    """The points at which a worker may die; at number `last` it does."""

    last: int
    passed: int = 0

    def pass_one(self) -> None:
        """Go on, or die as by a power cut."""
        if self.passed == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1

    @contextmanager
    def stand_around(self) -> Iterator[None]:
        """Put points before and after each commit, and each typesetting."""
        write, typeset = Database.write, packing.typeset

        @contextmanager
        def watched(database: Database) -> Iterator[sa.Connection]:
            with write(database) as connection:
                yield connection
                self.pass_one()
            self.pass_one()

        def typed(*given: Any) -> bytes:
            self.pass_one()
            made = typeset(*given)
            self.pass_one()
            return made

        Database.write, packing.typeset = watched, typed  # type: ignore[method-assign,assignment]
        yield
        Database.write, packing.typeset = write, typeset  # type: ignore[method-assign]


def worker_dies(named: Named, last: int, *work: str) -> int:
    """Let a worker do these passes in a process of its own, and return how many points it passed; -9 if it died."""
    installation = named.terminal.installation
    installation.services.database.dispose()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        os._exit(_worker(installation, Points(last), work))
    except BaseException:
        traceback.print_exc()
        os._exit(255)


def _worker(installation: Installation, points: Points, work: tuple[str, ...]) -> int:
    services = replace(build_services(installation.services.settings), clock=installation.clock)
    found: dict[str, Callable[[], int]] = {each.name: each.run for each in passes(services)}
    found["locking"] = lambda: fetching.sweep(services.database, services.clock.now())
    for name in work:
        with points.stand_around():
            while found[name]():
                pass
        services.runner.catch_up()
    return points.passed


@pytest.fixture
def due(kept: Kept, request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> Due:
    """Lend, for a round, a letter that is queued and its package due; one of its seven names left since approval."""

    def make() -> tuple[Installation, Told]:
        made: Named = request.getfixturevalue("named")
        made.signs(SEVENTH)
        made.composes()
        made.approves()
        asked = made.terminal.does(f"letter link {made.letter} {made.terminal.as_('olga')}")
        made.terminal.approves(asked, by="rosa")
        made.terminal.does(f"letter send {made.letter} {made.terminal.as_('olga')}")
        made.acts(NAMES[0], action="erase")
        made.works()
        return made.given_up()

    @contextmanager
    def lend(round_: int) -> Iterator[Named]:
        with kept.lent(f"queued-{dialect}", tmp_path / str(round_), make) as (installation, told):
            yield Named(Terminal(installation, tmp_path, **told.pop("terminal")), **told)

    return lend


def test_no_package_is_lost_no_event_doubled_and_nobody_who_left_is_named(due: Due) -> None:
    with due(0) as named:
        there_are = worker_dies(named, -1, "names", "letters")
        assert 12 <= there_are < 255
        assert sorted(named.names()) == sorted(NAMED_FIRST)
    for round_ in range(min(ROUNDS, there_are)):
        last = round_ * there_are // min(ROUNDS, there_are)
        with due(round_ + 1) as named:
            assert worker_dies(named, last, "names", "letters") == -signal.SIGKILL
            assert_addressee_gets_nobody_who_left(named, NAMED_FIRST)
            named.acts(NAMES[1], action="erase")
            assert named.presses().status_code == 503, last
            named.terminal.installation.clock.moment += timedelta(hours=2)  # what was claimed is due again
            named.works("names", "letters", "names")
            assert_addressee_gets_nobody_who_left(named, NAMED_LAST, is_ready=True)
            assert_told_once(named, last)


def assert_addressee_gets_nobody_who_left(named: Named, stand: list[str], *, is_ready: bool = False) -> None:
    answer = named.presses()
    assert answer.status_code == 200 if is_ready else answer.status_code in (200, 503)
    if answer.status_code == 200:
        assert sorted(names_in(unzipped(answer.data))) == sorted(stand)


def assert_told_once(named: Named, last: int) -> None:
    events = [one.event for one in named.services.log.stream(named.letter)]
    reduced = [event.named for event in events if isinstance(event, LetterNamesReduced)]
    assert reduced in ([6, 5], [5]), last
    ends = [event for event in events if isinstance(event, (LetterHandedOver, LetterUncertain))]
    assert len(ends) == 1, last
    assert [event.topic for event in events].count("letter.handover_started") == 1, last
    mails = [path for path in named.terminal.installation.mail_folder.glob("*.eml") if named.path in body_of(path)]
    assert len(mails) in ((1,) if isinstance(ends[0], LetterHandedOver) else (0, 1)), last


def body_of(path: Path) -> str:
    body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
    return str(body.get_content()) if body else ""


@pytest.mark.parametrize("last", [0, 1])
def test_a_package_is_locked_whole_or_not_at_all(due: Due, last: int) -> None:
    with due(last) as named:
        named.works("names", "letters")
        path = named.path
        assert named.presses().status_code == 200
        named.terminal.installation.clock.moment += timedelta(days=31)
        assert worker_dies(named, last, "locking") == -signal.SIGKILL
        assert named.presses(path=path).status_code == 423
        services = named.services
        assert fetching.sweep(services.database, services.clock.now()) == 1 - last
        with services.database.read() as connection:
            row = connection.execute(sa.select(letter_package)).mappings().one()
        assert (row["locked"], row["sealed"], row["wrapped_key"]) == (True, None, None)
