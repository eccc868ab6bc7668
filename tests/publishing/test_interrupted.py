"""A copy that is interrupted by a full disk or a dying process verifies all the same, and is finished later."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.audit.verifying import verify_log
from service.clock import FixedClock
from service.errors import PetitionError
from service.publishing import folder
from service.publishing.checkpoint import publish
from service.publishing.folder import write_folder
from service.publishing.shown import newest_shown
from service.publishing.signed import Checkpoint, newest
from service.store.database import Database
from service.vault.keys import Keys
from tests.publishing.partners import alone
from tests.signatures.conftest import ORDINARY, Signing, make_signing

TOP = Path(__file__).parents[2]
STEPS_MOST = 60
DYING = """
import os, signal, sys
from pathlib import Path
from service.publishing.folder import write_folder
from service.publishing.policy import load_policy
from service.store.database import open_database
from service.vault.keys import Keys

left, real = int(sys.argv[4]), os.fsync

def step(handle):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(handle)

os.fsync = step
keys = Keys.load(Path(sys.argv[2]), "petition.example/log")
database = open_database(f"sqlite:///{sys.argv[1]}")
write_folder(database, load_policy(None, keys.published_vkeys), Path(sys.argv[3]), lambda path: None)
"""


def fill_the_disk(patched: pytest.MonkeyPatch, at: str, steps: int) -> None:
    """Let there be no more room after so many steps of one kind; `write` fails with one half on the disk."""
    left = iter(range(steps))

    def step() -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def fail(*arguments: Any) -> Any:
            step()
            return real(*arguments)

        return fail

    class Half(io.FileIO):
        def write(self, content: Any) -> int:
            half = super().write(content[: len(content) // 2])
            step()
            return half + super().write(content[half:])

    owner, name, instead = {
        "open": (folder, "open", failing(open)), "write": (folder, "open", Half),
        "fsync": (os, "fsync", failing(os.fsync)), "replace": (Path, "replace", failing(Path.replace)),
    }[at]  # fmt: skip
    patched.setattr(owner, name, instead, raising=False)


@pytest.fixture
def grown(sqlite_database: Database, clock: FixedClock, tmp_path: Path) -> Signing:
    """Return a log of which a copy of size 5 stands in `copy` and that has 7 entries by now."""
    keys = Keys.create(tmp_path / "keys", "petition.example/log")
    made = make_signing(sqlite_database, clock, keys, ORDINARY)
    for _ in range(2):
        for _ in range(2):
            made.joins()
        made.records()
        publish(sqlite_database, keys, alone(keys))
        if not (tmp_path / "copy").exists():
            write_folder(sqlite_database, alone(keys), tmp_path / "copy", lambda path: None)
    return made


def size_of(copy: Path) -> int:
    """Return the size of a copy that the auditor's program finds nothing wrong with."""
    report = verify_log(str(copy), None, lambda done, total: None)
    assert report.errors == []
    return report.size


@pytest.mark.parametrize("fails", ["open", "write", "fsync", "replace"])
def test_a_full_disk_at_any_step(grown: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    sizes = []
    for step in range(STEPS_MOST):
        with monkeypatch.context() as patched:
            fill_the_disk(patched, fails, step)
            try:
                write_folder(grown.database, alone(grown.keys), tmp_path / "copy", lambda path: None)
                break
            except OSError:
                sizes.append(size_of(tmp_path / "copy"))
    assert step > 3
    assert sizes == sorted(sizes)
    assert size_of(tmp_path / "copy") == 7


def test_while_one_writes_a_copy_another_waits(grown: Signing, tmp_path: Path) -> None:
    refused: list[str] = []

    def tries(path: str) -> None:
        handle = os.open(tmp_path / "copy", os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refused.append(path)
        finally:
            os.close(handle)

    write_folder(grown.database, alone(grown.keys), tmp_path / "copy", tries)
    assert len(refused) > 1
    assert "checkpoint" not in refused  # told when it is over


def test_many_who_write_one_copy_at_once_leave_it_right(grown: Signing, tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as threads:
        writing = [
            threads.submit(write_folder, grown.database, alone(grown.keys), tmp_path / "copy", lambda path: None)
            for _ in range(12)
        ]
    assert [each.result() for each in writing] == [7] * 12
    assert size_of(tmp_path / "copy") == 7
    assert list((tmp_path / "copy").rglob("*.new")) == []


def test_a_process_killed_between_any_two_steps(grown: Signing, tmp_path: Path) -> None:
    assert grown.database.path is not None
    places = [str(grown.database.path), str(tmp_path / "keys"), str(tmp_path / "copy")]
    ended = 1
    for step in range(STEPS_MOST):
        ended = subprocess.run([sys.executable, "-c", DYING, *places, str(step)], cwd=TOP, check=False).returncode
        assert ended in (0, -signal.SIGKILL)
        assert size_of(tmp_path / "copy") in (5, 7)
        if ended == 0:
            break
    assert ended == 0
    assert size_of(tmp_path / "copy") == 7


def test_a_checkpoint_is_in_the_database_whole_or_not_at_all(signing: Signing) -> None:
    def stands() -> tuple[Checkpoint | None, Checkpoint | None]:
        with signing.database.read() as connection:
            return newest(connection), newest_shown(connection)

    signing.joins()
    signing.records()
    publish(signing.database, signing.keys, alone(signing.keys))
    signing.joins()
    signing.records()
    before = stands()
    for step in range(STEPS_MOST):
        left = iter(range(step))

        def fail(*_: Any, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise OSError(errno.ENOSPC, "No space left on device")

        sa.event.listen(signing.database.engine, "before_cursor_execute", fail)
        try:
            grown = publish(signing.database, signing.keys, alone(signing.keys))
            break
        except (OSError, PetitionError):
            sa.event.remove(signing.database.engine, "before_cursor_execute", fail)
            assert stands() == before
    sa.event.remove(signing.database.engine, "before_cursor_execute", fail)
    assert (step > 5, grown) == (True, 1)
    assert stands() != before
