"""Service, two witnesses and an auditor, each a process: an old copy of the database and a forked log are caught."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from service.clock import FixedClock, SystemClock
from service.operations.processes import TOP
from service.store.database import Database
from tests.faults.server import Crowd, Server, wait_until
from tests.installation import REF, environ_for, install

PATIENCE_S = 60


@dataclass
class WitnessProcess:
    """A partner's witness, run as the guide says."""

    folder: Path
    name: str
    log_vkey: str
    vkey: str = ""
    url: str = ""
    process: subprocess.Popen[str] | None = None

    def starts(self) -> None:
        """Make a key, and serve on a free port."""
        key = str(self.folder / f"{self.name}.key")
        self.vkey = program("witness", "--key", key, "--new-key", f"witness.example/{self.name}").stdout.strip()
        state = str(self.folder / f"{self.name}.db")
        arguments = ["--key", key, "--state", state, "--log", self.log_vkey, "--listen", "127.0.0.1:0"]
        command = [sys.executable, "-m", "service.audit", "witness", *arguments]
        self.process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = next(line for line in self.process.stdout if line.startswith("listening")).split()[-1]

    def ends(self) -> None:
        """Stop as it is told to, with everything done."""
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.terminate()
        assert self.process.wait(PATIENCE_S) == 0
        self.process.stdout.close()


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the auditor's program, and nothing but it."""
    command = [sys.executable, "-m", "service.audit", *arguments]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=PATIENCE_S)


@dataclass
class Deployment:
    """The service with its database, watched over by two witnesses who must both cosign."""

    folder: Path
    environ: dict[str, str]
    witnesses: list[WitnessProcess]
    server: Server = field(init=False)

    def __post_init__(self) -> None:
        self.server = Server(self.environ, self.folder)

    @property
    def worker_log(self) -> Path:
        """Return the file that holds what the worker says."""
        return self.folder / "logs" / "worker.log"

    @property
    def log(self) -> str:
        """Return the published log's address."""
        return f"{self.server.address.base_url}/log"

    def shown_size(self) -> int:
        """Return the size of the log that everybody sees."""
        page = self.server.visitor.get("/log/checkpoint")
        return int(page.body.split("\n")[1]) if page.status == 200 else 0

    def somebody_signs(self, name: str) -> str:
        """Sign, confirm, wait until the entry is cosigned, and return the receipt."""
        before, email = self.shown_size(), f"{name}@example.org"
        crowd = Crowd(self.server, self.folder / "mail")
        crowd.sign(email)
        wait_until(lambda: email in crowd.links(), "the mail")
        visitor = self.server.visitor
        page = visitor.get(crowd.links()[email])
        form = page.form()
        mine = visitor.send(page, form, form.filled(action="confirm")).url.partition("?")[0]
        wait_until(lambda: self.shown_size() > before, "the witnesses")
        wait_until(lambda: visitor.get(f"{mine}/receipt").body.startswith("c2sp.org/tlog-proof"), "the receipt")
        return visitor.get(f"{mine}/receipt").body

    def saves(self, name: str) -> None:
        """Stop, and keep a copy of the database as an operator would."""
        self.server.processes.stop()
        for path in self.folder.glob("undersigned.db*"):
            shutil.copy(path, self.folder / path.name.replace("undersigned", name))

    def restores(self, name: str) -> None:
        """Put a copy in the place of the database."""
        self.server.processes.stop()
        for path in self.folder.glob("undersigned.db*"):
            path.unlink()
        for path in self.folder.glob(f"{name}.db*"):
            shutil.copy(path, self.folder / path.name.replace(name, "undersigned"))

    def starts(self) -> None:
        """Start web and worker, and wait until the worker works."""
        self.worker_log.write_text("")
        self.server.start()
        wait_until(lambda: "worker_started" in self.worker_log.read_text(), "the worker")

    def worker_refuses(self) -> str:
        """Start web and worker, wait until the worker has ended, and return what it said."""
        self.worker_log.write_text("")
        self.server.start()
        worker = self.server.processes.running["worker"]
        assert worker.wait(PATIENCE_S) == 1
        return self.worker_log.read_text()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the operator's commands."""
        environ = self.environ | {"PYTHONPATH": str(TOP), "PATH": os.defpath}
        command = [sys.executable, "-m", "service.cli", *arguments]
        return subprocess.run(command, cwd=TOP, env=environ, capture_output=True, text=True, timeout=PATIENCE_S)


@pytest.fixture
def deployment(sqlite_database: Database, tmp_path: Path) -> Iterator[Deployment]:
    """Return a running deployment whose first checkpoint both witnesses cosigned."""
    installed = install(sqlite_database, tmp_path, FixedClock(SystemClock().now()))
    installed.services.database.dispose()
    log_vkey = installed.services.keys.log_vkey
    witnesses = [WitnessProcess(tmp_path, name, log_vkey) for name in ("w1", "w2")]
    for each in witnesses:
        each.starts()
    lines = [f"log {log_vkey}", *(f"witness {each.name} {each.vkey} {each.url}" for each in witnesses)]
    (tmp_path / "policy").write_text("\n".join([*lines, "group both all w1 w2", "quorum both", ""]))
    environ = environ_for(sqlite_database, tmp_path) | {"WITNESS_POLICY": str(tmp_path / "policy")}
    found = Deployment(tmp_path, environ, witnesses)
    found.server.start()
    wait_until(lambda: found.shown_size() > 0, "the first cosigned checkpoint")
    yield found
    found.server.processes.stop()
    for each in witnesses:
        each.ends()


@pytest.mark.slow
def test_an_old_copy_and_a_fork_are_caught(deployment: Deployment, tmp_path: Path) -> None:
    policy, receipt = str(tmp_path / "policy"), tmp_path / "ada.tlog-proof"
    deployment.saves("old")
    deployment.starts()
    receipt.write_text(deployment.somebody_signs("ada"))
    size = deployment.shown_size()
    assert program("receipt", str(receipt), "--policy", policy).returncode == 0
    assert program("verify", deployment.log, "--policy", policy, "--known", str(receipt)).returncode == 0

    deployment.restores("old")
    assert f"contradicts this database: it cosigned size {size}" in deployment.worker_refuses()
    visitor = deployment.server.visitor
    page = visitor.get(f"/en/c/{REF}/sign")
    assert page.status == 200
    form = page.form(with_field="full_name")
    refused = visitor.send(page, form, form.filled(full_name="Made-up Person", email="eve@example.org", consent="yes"))
    assert refused.status == 503
    assert "Signing is paused" in refused.body
    doctor = deployment.command("doctor")
    assert doctor.returncode == 1
    assert f"The witness w1 contradicts this database: it cosigned size {size}" in doctor.stdout

    forks(deployment)
    assert "refuses that size" in deployment.worker_refuses()
    report = program("verify", str(tmp_path / "fork"), "--policy", policy, "--known", str(receipt))
    assert report.returncode == 1
    assert "signed before" in report.stdout
    log_line = (tmp_path / "policy").read_text().splitlines()[0]
    (tmp_path / "log-alone").write_text(f"{log_line}\nquorum none\n")
    split = program("compare", str(receipt), str(tmp_path / "fork"), "--policy", str(tmp_path / "log-alone"))
    assert split.returncode == 1, split.stdout
    assert receipt.read_text().rpartition("\n\n")[2].strip() in split.stdout  # both notes, ready to be published


def forks(deployment: Deployment) -> None:
    """Let the operator begin a second history: the old copy, without asking the witnesses, grows past the first one."""
    deployment.server.processes.stop()
    deployment.server.processes.environ["WITNESS_POLICY"] = ""
    deployment.starts()
    for name in ("eve", "mallory", "oscar"):
        deployment.somebody_signs(name)
    deployment.server.processes.stop()
    alone = Deployment(deployment.folder, deployment.environ | {"WITNESS_POLICY": ""}, [])
    published = alone.command("log", "publish", str(deployment.folder / "fork"))
    assert published.returncode == 0, published.stderr
    deployment.server.processes.environ["WITNESS_POLICY"] = deployment.environ["WITNESS_POLICY"]
