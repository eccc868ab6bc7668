"""A witness as a process: its key, clients that are slow or endless, and a kill between store and answer."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from service.audit.__main__ import main
from service.audit.notes import parse_note, parse_vkey, verify
from service.audit.witness_server import BODY_MAX_BYTES, CLIENTS_MAX, WitnessServer
from tests.audit.builder import ORIGIN, vkey
from tests.audit.folder import LOG_SEED
from tests.audit.witnessing import request, witness_at

TOP = Path(__file__).resolve().parents[2]
LOG = vkey(ORIGIN, LOG_SEED)
PATIENCE_S = 30.0
BYTES_MAX = 2000  # that a slow client sends before the test gives up


@contextmanager
def serving(folder: Path, deadline_s: float = PATIENCE_S) -> Iterator[int]:
    """Serve a witness in this process and give its port; leaving stops it and waits for what was begun."""
    server = WitnessServer(("127.0.0.1", 0), witness_at(folder), deadline_s)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str, bytes]:
    """Send a request and return status, content type and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    found = answer.status, answer.headers.get("Content-Type", ""), answer.read()
    connection.close()
    return found


def test_it_answers_over_http(tmp_path: Path) -> None:
    with serving(tmp_path) as port:
        body = request(0, 9)
        status, _, cosignature = ask(port, "POST", "/add-checkpoint", body)
        assert status == 200
        assert cosignature.startswith("\N{EM DASH} witness.example/w1 ".encode())
        assert ask(port, "POST", "/add-checkpoint", body) == (409, "text/x.tlog.size", b"9\n")
        status, kind, note = ask(port, "GET", f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint")
        assert (status, kind) == (200, "text/plain; charset=utf-8")
        assert note == body.partition(b"\n\n")[2] + cosignature


def test_other_addresses_methods_and_bodies_are_refused(tmp_path: Path) -> None:
    with serving(tmp_path) as port:
        assert ask(port, "POST", "/", request(0, 9))[0] == 404
        assert ask(port, "GET", "/add-checkpoint")[0] == 404
        assert ask(port, "GET", f"/{'0' * 64}/checkpoint")[0] == 404
        assert ask(port, "DELETE", "/add-checkpoint")[0] == 501
        chunked = {"Transfer-Encoding": "chunked"}
        assert ask(port, "POST", "/add-checkpoint", b"0\r\n\r\n", **chunked)[0] == 411
        assert ask(port, "POST", "/add-checkpoint", b"", **{"Content-Length": str(BODY_MAX_BYTES + 1)})[0] == 413
        assert ask(port, "POST", "/add-checkpoint", b"", **{"Content-Length": "-1"})[0] == 411
        assert ask(port, "POST", "/add-checkpoint", b"?" * BODY_MAX_BYTES)[0] == 400


def test_a_client_that_never_ends_is_cut_off(tmp_path: Path) -> None:
    """It sends a byte whenever it can, and never the last one."""
    with serving(tmp_path, deadline_s=0.2) as port, socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 65536\r\n\r\n")
        pause = threading.Event()
        with pytest.raises(OSError):
            for _ in range(BYTES_MAX):
                slow.sendall(b"o")
                pause.wait(0.01)


def test_a_client_that_says_nothing_is_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path, deadline_s=0.2) as port, socket.create_connection(("127.0.0.1", port)) as silent:
        silent.settimeout(PATIENCE_S)
        assert silent.recv(1) == b""


def test_as_many_clients_as_come_do_not_keep_others_out_for_long(tmp_path: Path) -> None:
    with serving(tmp_path, deadline_s=0.5) as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(CLIENTS_MAX + 10)]
        for each in silent:
            each.settimeout(PATIENCE_S)
            assert each.recv(1) == b""
            each.close()
        body = request(0, 9)
        assert ask(port, "POST", "/add-checkpoint", body)[0] == 200


def test_a_state_that_cannot_be_written_is_no_cosignature(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path) as port:
        for path in tmp_path.glob("state.db*"):
            path.write_bytes(b"no database at all" * 300)
        assert ask(port, "POST", "/add-checkpoint", request(0, 9))[0] == 503
    assert "the state cannot be used" in capfd.readouterr().err


# ---- the command


def new_key(folder: Path) -> str:
    """Make a key in a folder and return what was printed."""
    command = [sys.executable, "-m", "service.audit", "witness", "--key", str(folder / "key"), "--new-key", "w.example"]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def running(folder: Path, *program: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the command on a free port; give its process and its port."""
    program = program or ("-m", "service.audit", "witness")
    arguments = ["--key", str(folder / "key"), "--state", str(folder / "state"), "--log", LOG]
    command = [sys.executable, *program, *arguments, "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = next(line for line in process.stdout if line.startswith("listening"))
        yield process, int(said.rpartition(":")[2])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]


def test_a_new_key_is_printed_and_its_file_is_the_owners_alone(tmp_path: Path) -> None:
    printed = new_key(tmp_path)
    assert parse_vkey(printed).name == "w.example"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o400


def test_it_serves_and_stops_cleanly(tmp_path: Path) -> None:
    printed = new_key(tmp_path)
    with running(tmp_path) as (process, port):
        body = request(0, 9)
        answer = ask(port, "POST", "/add-checkpoint", body)[2]
        assert verify(parse_note(body.partition(b"\n\n")[2] + answer), [parse_vkey(printed)])
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    with running(tmp_path) as (_, port):
        assert ask(port, "POST", "/add-checkpoint", request(0, 3))[1:] == ("text/x.tlog.size", b"9\n")


DIES = """
import os, signal, sys
from service.audit import witness, witness_key
witness_key.WitnessKey.cosign = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
sys.exit(witness.main(sys.argv[1:]))
"""


def test_killed_between_store_and_answer_it_cosigns_the_same_anew_and_nothing_less(tmp_path: Path) -> None:
    printed = parse_vkey(new_key(tmp_path))
    with running(tmp_path, "-c", DIES) as (process, port):
        with pytest.raises(OSError):
            ask(port, "POST", "/add-checkpoint", request(0, 9))
        assert process.wait(PATIENCE_S) == -signal.SIGKILL
    with running(tmp_path) as (_, port):
        assert ask(port, "POST", "/add-checkpoint", request(0, 9)) == (409, "text/x.tlog.size", b"9\n")
        body = request(9, 9)
        status, _, lines = ask(port, "POST", "/add-checkpoint", body)
        assert status == 200
        assert verify(parse_note(body.partition(b"\n\n")[2] + lines), [printed])


def test_it_runs_where_msgspec_cannot_be_imported(tmp_path: Path) -> None:
    blocked = "import sys; sys.modules['msgspec'] = None; from service.audit.witness import main; main(sys.argv[1:])"
    new_key(tmp_path)
    with running(tmp_path, "-c", blocked) as (_, port):
        assert ask(port, "POST", "/add-checkpoint", request(0, 9))[0] == 200


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command says when it does not start."""
    assert main(["witness", *arguments]) == 2
    return capsys.readouterr().err


def test_what_cannot_be_used_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, state = str(tmp_path / "key"), str(tmp_path / "state")
    assert "--new-key NAME" in refused(capsys, "--key", key, "--state", state, "--log", LOG)
    assert "write host and path" in refused(capsys, "--key", key, "--new-key", "two words")
    assert main(["witness", "--key", key, "--new-key", "w.example"]) == 0
    assert "never replaces" in refused(capsys, "--key", key, "--new-key", "w.example")
    assert "--state FILE" in refused(capsys, "--key", key)
    assert "cannot be used" in refused(capsys, "--key", key, "--log", LOG, "--state", f"{tmp_path}/none/state")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        assert "Cannot listen" in refused(capsys, "--key", key, "--log", LOG, "--state", state, "--listen", listen)
    (tmp_path / "state").write_bytes(b"no database at all" * 300)
    assert "cannot be used" in refused(capsys, "--key", key, "--log", LOG, "--state", state)
    os.chmod(key, 0o440)
    assert "chmod 0400" in refused(capsys, "--key", key, "--log", LOG, "--state", state)
    os.chmod(key, 0o600)
    Path(key).write_text(Path(key).read_text().replace("w.example", "x.example"))
    assert "no key of a witness" in refused(capsys, "--key", key, "--log", LOG, "--state", state)


@pytest.mark.parametrize("arguments", [["--log", "nonsense"], ["--log", vkey(ORIGIN, 1, 4)], ["--listen", "8080"]])
def test_wrong_arguments_are_named(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["witness", "--key", str(tmp_path / "key"), *arguments])
