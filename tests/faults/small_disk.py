"""A disk that can be filled up: a small file system of its own, or processes that may write no byte more."""

from __future__ import annotations

import errno
import os
import subprocess
from contextlib import suppress
from pathlib import Path

SMALL_MB = 32
PIECE = bytes(4096)


class SmallDisk:
    """A small file system of its own over a folder, which can be filled up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / ".ballast"

    def fill(self) -> None:
        """Leave no block free."""
        handle = os.open(self._ballast, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            while True:
                os.write(handle, PIECE)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
        finally:
            os.close(handle)

    def free(self) -> None:
        """Give the space back."""
        self._ballast.unlink(missing_ok=True)

    def remove(self) -> None:
        """Take the file system away."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


class NoGrowth:
    """Where no file system can be mounted: processes that can make no file any longer, whatever disk it is on."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids

    def fill(self) -> None:
        """Refuse every byte."""
        self._limit("0")

    def free(self) -> None:
        """Refuse nothing."""
        self._limit("unlimited")

    def _limit(self, most: str) -> None:
        for pid in self._pids:
            with suppress(FileNotFoundError):  # it ended meanwhile
                owner = os.stat(f"/proc/{pid}")  # who alone may limit it, where root has not all its rights
                command = ["prlimit", f"--fsize={most}:", "--pid", str(pid)]
                done = subprocess.run(command, user=owner.st_uid, group=owner.st_gid, capture_output=True, text=True)
                assert not done.returncode or not os.path.exists(f"/proc/{pid}"), done.stderr


def small_disk(folder: Path) -> SmallDisk | None:
    """Mount a small file system over a folder, or return None where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_MB}m,mode=0700", "tmpfs", str(folder)]
    return SmallDisk(folder) if subprocess.run(command, capture_output=True).returncode == 0 else None
