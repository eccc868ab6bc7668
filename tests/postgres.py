"""A real PostgreSQL for the tests: one cluster per session, in a folder of its own, on a free port of this machine."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.ports import free_port

MISSING = "PostgreSQL is not installed. `./petition test` installs it as root; otherwise: apt-get install postgresql"
COPIED = "STRATEGY FILE_COPY"  # without waiting for the disk the quicker of the two (PostgreSQL 15 and later)
LOCALE = ("--locale=C.UTF-8", "--encoding=UTF8")


@dataclass
class Cluster:
    """A running PostgreSQL of which databases can be had and given back."""

    folder: Path
    port: int
    binaries: Path
    is_durable: bool = True
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def url(self, name: str) -> str:
        """Return the address of one of its databases, as DATABASE_URL takes it."""
        return f"postgresql+psycopg://petition@127.0.0.1:{self.port}/{name}"

    def create(self, template: str = "template0") -> str:
        """Create a database as a copy of another, and return its name."""
        name = f"test_{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {"" if self.is_durable else COPIED}')
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def start(self) -> None:
        """Start the server; returns once it takes connections."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        self._run("pg_ctl", "-D", self.data, "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: ``fast``, or ``immediate`` as if it had died."""
        self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def wait_for_disk(self, setting: str) -> None:
        """Let the server wait for the disk from now on, ``on``, or ``off``; returns once new connections see it."""
        self._execute(f"ALTER SYSTEM SET fsync = {setting}")
        self._execute("SELECT pg_reload_conf()")
        while self._execute("SHOW fsync") != setting:
            pass

    @property
    def data(self) -> str:
        """Return the cluster's data folder."""
        return str(self.folder / "data")

    def _execute(self, statement: str) -> str:
        address = self.url("postgres").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            answer = connection.execute(statement)  # type: ignore[call-overload]
            return str(answer.fetchone()[0]) if answer.description else ""

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), *arguments]
        finished = subprocess.run(
            command, cwd="/", user=_user(), group=_group(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        if finished.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{program} failed: {finished.stderr}{log.read_text() if log.exists() else ''}")


def start_cluster(*, is_durable: bool = True) -> Cluster:
    """Make a new cluster and start it; one that is not durable waits for no disk, and only loses what a machine's crash
    takes: killing its processes loses nothing.

    :raises RuntimeError: if PostgreSQL is not installed or does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="petition-pg-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    cluster = Cluster(folder, free_port(), _binaries(), is_durable)
    cluster._run("initdb", "-D", cluster.data, "-U", "petition", "-A", "trust", "--no-sync", *LOCALE)
    if not is_durable:
        with Path(cluster.data, "postgresql.conf").open("a") as settings:
            settings.write("fsync = off\n")
    cluster.start()
    return cluster


def remove_cluster(cluster: Cluster) -> None:
    """Stop the server, if it runs, and delete its folder."""
    if (Path(cluster.data) / "postmaster.pid").exists():
        with contextlib.suppress(RuntimeError):  # it was killed, and its file stayed
            cluster.stop("immediate")
    shutil.rmtree(cluster.folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise RuntimeError(MISSING)
    return Path(on_path).resolve().parent


def _user() -> str | None:
    return "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root


def _group() -> str | None:
    return "postgres" if os.geteuid() == 0 else None
