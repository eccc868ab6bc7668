"""A PostgreSQL with a synchronous standby, which takes its place: the drill of docs/operations.md, by machine."""

from __future__ import annotations

import os
import pwd
import signal
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.faults.server import wait_until
from tests.ports import free_port, is_listening
from tests.postgres import Cluster, remove_cluster, start_cluster

STREAMS = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
IS_SYNCHRONOUS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


class Pair:
    """Two ports of which one is a primary's; on the other there is nobody until a standby is made."""

    def __init__(self) -> None:
        self.primary = start_cluster()
        self.ports = (self.primary.port, free_port())
        self.standby: Cluster | None = None

    def makes_standby(self) -> None:
        """Copy the primary, follow it, and let it commit only what the standby has written durably as well."""
        primary = self.primary
        port = next(port for port in self.ports if port != primary.port)
        self.standby = standby = Cluster(_folder(), port, primary.binaries)
        source = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", "petition")
        primary._run("pg_basebackup", *source, "-D", standby.data, "-R", "-C", "-S", "standby", "--checkpoint=fast")
        standby.start()
        wait_until(lambda: self._asks(STREAMS), "the standby to follow")
        self._sets("synchronous_standby_names", "*")
        wait_until(lambda: self._asks(IS_SYNCHRONOUS), "the standby to be synchronous")

    def fails_over(self) -> None:
        """Kill the primary with all its processes, make sure that it is gone, and promote the standby."""
        old, new = self.primary, self.standby
        assert new is not None
        kill_cluster(old)
        new._run("pg_ctl", "-D", new.data, "-w", "promote")
        self.primary, self.standby = new, None
        remove_cluster(old)

    def remove(self) -> None:
        """Stop and delete both."""
        for each in filter(None, (self.standby, self.primary)):
            remove_cluster(each)

    def _asks(self, question: str) -> bool:
        with psycopg.connect(address(self.primary), autocommit=True) as connection:
            return bool(connection.execute(question).fetchone()[0])  # type: ignore[index,call-overload]

    def _sets(self, name: str, value: str) -> None:
        with psycopg.connect(address(self.primary), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")  # type: ignore[call-overload]
            connection.execute("SELECT pg_reload_conf()")


def address(cluster: Cluster) -> str:
    """Return where a cluster is asked about itself."""
    return cluster.url("postgres").replace("+psycopg", "")


def postmaster(cluster: Cluster) -> int:
    """Return the process that holds a cluster."""
    return int((Path(cluster.data) / "postmaster.pid").read_text().splitlines()[0])


def children(pid: int) -> list[int]:
    """Return the processes that a process began, the grandchildren left out."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_cluster(cluster: Cluster) -> None:
    """kill -9 for all its processes, as if the machine had lost power."""
    first = postmaster(cluster)
    for pid in (first, *children(first)):
        os.kill(pid, signal.SIGKILL)
    pause = threading.Event()
    while is_listening(cluster.port):
        pause.wait(0.01)


def start_again(cluster: Cluster) -> None:
    """Start a cluster that was killed, as often as it takes: what is left of it sees only then that it is gone."""

    def has_started() -> bool:
        with suppress(RuntimeError):
            cluster.start()
            return True
        return False

    wait_until(has_started, "PostgreSQL to start")


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="petition-pg-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder
