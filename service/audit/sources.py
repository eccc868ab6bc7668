"""Where a published log is read from: a folder of its files, or the address at which somebody serves them."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import Protocol

FILE_MAX_BYTES = 2_200_000  # a bundle of 256 tallies of 8,192 bytes, each after its length, is the largest file
TIMEOUT_S = 30.0


class SourceFailed(Exception):
    """The log cannot be read from there: the words say why."""


class Source(Protocol):
    """Gives a file of the published log by its path under ``/log/``."""

    def get(self, path: str) -> bytes | None:
        """Return a file's bytes, or nothing if there is none. :raises SourceFailed: if that cannot be told."""
        ...


class Folder:
    """A copy of the published log on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, path: str) -> bytes | None:
        """Return a file's bytes, or nothing if there is none. :raises SourceFailed: if it cannot be read."""
        try:
            with open(self.folder / path, "rb") as file:
                return _limited(file.read(FILE_MAX_BYTES + 1), path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SourceFailed(f"{path} cannot be read: {error.strerror}") from error


class Address:
    """A published log at an address; redirects are refused, bodies and waiting have limits."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self._opener = urllib.request.build_opener(_NoRedirect())

    def get(self, path: str) -> bytes | None:
        """Return a file's bytes, or nothing for 404 and 410. :raises SourceFailed: for any other answer, or none."""
        request = urllib.request.Request(f"{self.base}/{path}", headers={"Accept-Encoding": "identity"})
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                return _limited(answer.read(FILE_MAX_BYTES + 1), path)
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                return None
            raise SourceFailed(f"{path} was answered {error.code}") from error
        except OSError as error:
            raise SourceFailed(f"{path} could not be fetched from {self.base}: {error}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Refuse: a redirect would let the server send an auditor anywhere."""


def source_of(name: str) -> Source:
    """Return the source that a command line names: an ``http(s)://…/log`` address, or a folder.

    :raises SourceFailed: if there is no such folder.
    """
    if name.startswith(("http://", "https://")):
        return Address(name)
    if not Path(name).is_dir():
        raise SourceFailed(f"{name} is neither an address nor a folder. Give the log's address, or a copy of it.")
    return Folder(Path(name))


def _limited(content: bytes, path: str) -> bytes:
    if len(content) > FILE_MAX_BYTES:
        raise SourceFailed(f"{path} has more than {FILE_MAX_BYTES} bytes")
    return content
