"""The command line says how far it is, does things in order with little in memory, and ends as one expects."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from service.audit import command_line
from service.audit.__main__ import main
from service.audit.command_line import progress
from service.audit.fetching import in_order
from tests.old_logs.test_old_logs import LEAVES

TOP = Path(__file__).parents[2]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return what sets the time that the progress bar sees."""
    now = [0.0]
    monkeypatch.setattr(command_line.time, "monotonic", lambda: now[0])
    return lambda time: now.__setitem__(0, time)


def test_a_bar_is_drawn_when_it_takes_long(clock: Callable[[float], None], capsys: pytest.CaptureFixture[str]) -> None:
    told = progress(argparse.Namespace(quiet=False))
    for time, done in ((1.0, 10), (4.0, 50), (4.1, 60), (8.0, 100)):
        clock(time)
        told(done, 100)
    told(0, 0)
    said = capsys.readouterr().err
    assert said.count("\r") == 2
    assert "[###############...............]  50 %, 4 s left" in said
    assert "100 %, 8 s" in said


def test_what_is_quick_or_quiet_draws_none(clock: Callable[[float], None], capsys: pytest.CaptureFixture[str]) -> None:
    for quiet, time in ((False, 1.9), (True, 60.0)):
        clock(0.0)
        told = progress(argparse.Namespace(quiet=quiet))
        clock(time)
        told(50, 100)
        told(100, 100)
        told(0, 0)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_order_and_few_wait(workers: int) -> None:
    begun, taken, most, lock = [0], [0], [0], threading.Lock()

    def work(item: int) -> int:
        with lock:
            begun[0] += 1
            most[0] = max(most[0], begun[0] - taken[0])
        return item * item

    found = []
    for result in in_order(work, range(200), workers):
        found.append(result)
        taken[0] += 1
    assert found == [item * item for item in range(200)]
    assert most[0] <= 2 * workers + 1


def test_a_failure_comes_up_in_its_place_and_ends_the_rest() -> None:
    def work(item: int) -> int:
        if item == 7:
            raise ValueError("seven")
        return item

    found = []
    with pytest.raises(ValueError, match="seven"):
        for result in in_order(work, iter(range(10**9)), 3):
            found.append(result)
    assert found == list(range(7))


def test_a_reader_who_goes_away_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "log.ndjson").write_bytes(b"".join(leaf + b"\n" for leaf in LEAVES))
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "service.audit", "replay", str(tmp_path / "log.ndjson")]
    finished = subprocess.run(command, cwd=TOP, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (finished.returncode, finished.stderr) == (2, "")


def test_an_interrupt_ends_without_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("service.audit.cli_replay.read_leaves", interrupted)
    assert main(["replay", str(tmp_path / "log.ndjson")]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "Stopped: nothing was decided.\n")


@pytest.mark.parametrize("command", ["verify", "replay", "receipt", "at", "compare", "report"])
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"example: python -m service.audit {command} " in said
    assert "exit codes: 0" in said
