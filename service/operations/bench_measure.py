"""CPU time of the measured processes and of the rest of the machine, and the line that a run leaves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True)
class Usage:
    """CPU seconds used so far: by the web processes, the database's, this one, and by all of the machine."""

    web_s: float
    db_s: float
    own_s: float
    all_s: float

    @classmethod
    def now(cls, web_pid: int, database_pid: int | None) -> Usage:
        """Read the usage of the web server with this process id, and of the database server's if it has one here."""
        own = os.times()
        db_s = 0.0 if database_pid is None else _family_s(database_pid)
        return cls(_family_s(web_pid), db_s, own.user + own.system, _machine_s())

    def since(self, before: Usage) -> Usage:
        """Return what was used between two moments."""
        return Usage(*(getattr(self, name) - getattr(before, name) for name in self.__dataclass_fields__))

    def other_share(self, seconds: float) -> float:
        """Return the share of the machine that others used."""
        rest = self.all_s - self.web_s - self.db_s - self.own_s
        return max(0.0, rest) / (seconds * (os.cpu_count() or 1))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share lies; 0 of nothing."""
    if not values:
        return 0.0
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def children(pid: int) -> list[int]:
    """Return the process ids whose parent this is."""
    return [each for each in _pids() if _stat(each)[1:2] == [str(pid)]]


def parent(pid: int, program: str) -> int | None:
    """Return the process id of the parent of a process of this machine, if both run `program`."""
    found = int(_stat(pid)[1]) if _read(pid, "comm").strip() == program else 0
    return found if _read(found, "comm").strip() == program else None


def _pids() -> Iterable[int]:
    return [int(path.name) for path in PROC.iterdir() if path.name.isdigit()]


def _family_s(pid: int) -> float:
    """Return the CPU seconds of a process and its children, with those that ended and were waited for."""
    ticks = sum(map(int, _stat(pid)[11:15])) + sum(sum(map(int, _stat(each)[11:13])) for each in children(pid))
    return ticks / TICKS_PER_S


def _machine_s() -> float:
    user, nice, system = (int(value) for value in (PROC / "stat").read_text().split("\n")[0].split()[1:4])
    return (user + nice + system) / TICKS_PER_S


def _stat(pid: int) -> list[str]:
    return _read(pid, "stat").rpartition(")")[2].split()


def _read(pid: int, name: str) -> str:
    try:
        return (PROC / str(pid) / name).read_text()
    except OSError:  # it ended in the meantime
        return ""
