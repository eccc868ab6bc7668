"""Where a published log is read from: a folder, an archive file of one, or an address. A path is the one that
docs/log_format.md section 2 gives, and the bytes are taken as they are: the checks are made by who receives them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from service.audit.address import Address
from service.audit.archive import ENDINGS, open_archive
from service.audit.source_limits import FILE_MAX_BYTES, SourceFailed, limited

__all__ = ["FILE_MAX_BYTES", "Folder", "Source", "SourceFailed", "source_of"]


class Source(Protocol):
    """Gives a file of the published log by its path under ``/log/``."""

    workers: int  # how many files may be asked for at once

    def get(self, path: str, most: int = FILE_MAX_BYTES) -> bytes | None:
        """Return a file of at most `most` bytes, or nothing if there is none. :raises SourceFailed: if it fails."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class Folder:
    """A copy of the published log on this machine."""

    workers = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, path: str, most: int = FILE_MAX_BYTES) -> bytes | None:
        """Return a file's bytes, or nothing if there is none. :raises SourceFailed: if it cannot be read."""
        try:
            with open(self.folder / path, "rb") as file:
                return limited(file.read(most + 1), path, most)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SourceFailed(f"{path} cannot be read: {error.strerror}") from error

    def close(self) -> None:
        """Nothing is held open."""


def source_of(name: str) -> Source:
    """Return the source that a command line names: an ``http(s)://…/log`` address, a folder, or an archive of one.

    :raises SourceFailed: if there is no such folder or file, or it is no archive.
    """
    if name.startswith(("http://", "https://")):
        return Address(name)
    path = Path(name)
    if path.is_dir():
        return Folder(path)
    if path.is_file() and name.endswith(ENDINGS):
        return open_archive(path)
    kinds = ", ".join(ENDINGS)
    raise SourceFailed(f"{name} is no address, folder or archive ({kinds}). Give the log's address, or a copy of it.")
