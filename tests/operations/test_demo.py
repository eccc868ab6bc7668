"""The demonstration, from nothing to the auditor's verdict, as a newcomer starts it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from email import message_from_bytes, policy
from http.client import HTTPConnection
from pathlib import Path

import pytest

from service.operations.demo_home import Home
from tests.ports import free_port

TOP = Path(__file__).resolve().parent.parent.parent
DEMO_MAX_S = 120

pytestmark = pytest.mark.slow


def command(home: Path, port: int, *options: str) -> list[str]:
    """Return the demonstration's command line."""
    return [sys.executable, "-m", "service.cli", "demo", "--home", str(home), "--port", str(port), *options]


def demonstrate(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the demonstration to its end, with nothing of this process's environment."""
    return subprocess.run(
        command(home, free_port(), "--once", *options), cwd=TOP, env={"PATH": os.defpath}, capture_output=True,
        text=True, timeout=DEMO_MAX_S,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demonstration that ran once."""
    folder = tmp_path_factory.mktemp("demo") / "var"
    finished = demonstrate(folder)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    (folder.parent / "said").write_text(finished.stdout)
    return folder


def test_it_ends_with_count_letter_and_verdict(home: Path) -> None:
    said = (home.parent / "said").read_text()
    assert re.search(r"^count +12 signatures at log size \d+$", said, re.M)
    assert re.search(r"^audit +\d+ entries replayed: 0 errors, \d+ findings$", said, re.M)
    letters = re.findall(r"^letter +(\S+)  SHA-256 ([0-9a-f]{64})$", said, re.M)
    assert [Path(path).name for path, _ in letters] == ["L1-tr.pdf", "L1-en.pdf"]
    for path, digest in letters:
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == digest


def test_the_letter_goes_by_mail_and_is_acknowledged(home: Path) -> None:
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (home / "mail").glob("*.eml")]
    (letter,) = (mail for mail in mails if mail.is_multipart())
    assert letter["To"] == "demonstration-mailbox@example.org"
    assert "istanbul-two-L1-tr.pdf" in [part.get_filename() for part in letter.iter_attachments()]
    leaves = gzip.decompress((home / "log" / "log.ndjson.gz").read_bytes()).splitlines()
    happened = [event["type"] for event in map(json.loads, leaves) if event["type"].startswith("letter.")]
    assert happened == ["letter.composed", "letter.approved", "letter.handed_over", "letter.acknowledged"]


def test_only_the_owner_can_read_what_it_keeps(home: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (home, home / "undersigned.db", home / "keys")}
    assert modes == {"var": 0o700, "undersigned.db": 0o600, "keys": 0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home / "keys").iterdir()} == {0o400}
    assert not [path for path in home.rglob("*") if path.stat().st_mode & 0o077]


def test_its_logs_name_no_supporter(home: Path) -> None:
    text = "".join(path.read_text() for path in (home / "logs").iterdir())
    assert "/confirm/<token>" in text
    assert "example.org" not in text
    assert not re.search(r"Example|127\.0\.0\.1 ", text)


def test_a_second_start_keeps_what_is_there(home: Path) -> None:
    finished = demonstrate(home)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "12 signatures of an earlier demonstration are there" in finished.stdout
    before = re.findall(r"SHA-256 (\w+)", (home.parent / "said").read_text())
    assert re.findall(r"SHA-256 (\w+)", finished.stdout) == before


def test_at_risk_it_keeps_the_appeals_own_rules(home: Path, tmp_path: Path) -> None:
    refused = demonstrate(home, "--at-risk")
    assert refused.returncode == 1
    assert "--fresh" in refused.stderr
    finished = demonstrate(tmp_path / "var", "--at-risk")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "at risk" in finished.stdout
    assert re.search(r"^count +12 ", finished.stdout, re.M)


@pytest.mark.parametrize("name", ["holiday.jpg", "letters-from-home"])
def test_it_leaves_a_strangers_folder_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    finished = demonstrate(tmp_path, "--fresh")
    assert finished.returncode == 1
    assert name in finished.stderr
    assert (tmp_path / name).exists()


def test_it_leaves_a_measurement_alone_that_runs_in_the_same_folder(tmp_path: Path) -> None:
    (tmp_path / "bench-running").mkdir()
    (tmp_path / "undersigned.db-wal").touch()
    Home(tmp_path).make(fresh=True)
    assert (tmp_path / "bench-running").exists()
    assert not (tmp_path / "undersigned.db-wal").exists()


def test_a_folder_that_cannot_be_made_is_said() -> None:
    finished = demonstrate(Path("/proc/nowhere"))
    assert finished.returncode == 1
    assert "--home" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_it_serves_until_ctrl_c_and_stops_cleanly(home: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        command(home, port), cwd=TOP, env={"PATH": os.defpath}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    watchdog = threading.Timer(DEMO_MAX_S, process.kill)
    watchdog.start()
    assert process.stdout is not None
    try:
        assert any("until Ctrl-C" in line for line in process.stdout)
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/mailbox")
        assert connection.getresponse().status == 200
        connection.close()
        assert demonstrate(home).returncode == 1, "two demonstrations in one folder"
        process.send_signal(signal.SIGINT)
        assert "Stopping" in process.stdout.read()
        assert process.wait(DEMO_MAX_S) == 0
    finally:
        watchdog.cancel()
        process.kill()
        process.stdout.close()
    with pytest.raises(OSError, match="refused"):
        HTTPConnection("127.0.0.1", port, timeout=1).connect()
