"""A published log in one file: a .tar, .tar.gz or .zip of the folder, read in place and never written to disk."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

from service.audit.packed import Unpacked
from service.audit.source_limits import (
    DOCUMENT_MAX_BYTES,
    FILE_MAX_BYTES,
    MEMBERS_MAX,
    UNPACKED_MAX_BYTES,
    SourceFailed,
    limited,
)

ENDINGS = (".tar", ".tar.gz", ".tgz", ".zip")
CHECKPOINT = "checkpoint"
DIRECTORY_MAX_BYTES = 200_000_000  # the list of a zip file's members, which has to be read as a whole
_HEADER_MAX_BYTES = 1 << 20  # of a tar member: what is longer is no name
_READS_MAX = 8 * MEMBERS_MAX  # three or four for a member
_END = b"PK\x05\x06"  # of a zip file: the record that says where its list is, 22 bytes and a comment of 65,535 at most
_LOCATOR, _END64_BYTES, _LOCATOR_BYTES = b"PK\x06\x07", 56, 20
_FAILURES = (OSError, EOFError, ValueError, RuntimeError, zlib.error, tarfile.TarError, zipfile.BadZipFile)


Close = Callable[[], None]


class Archive:
    """The members of an archive by their path, below the folder that holds the checkpoint."""

    workers = 1

    def __init__(self, name: str, members: dict[str, int], read: Callable[[str, int], bytes], close: Close) -> None:
        self.close = close
        checkpoints = [PurePosixPath(member) for member in members if PurePosixPath(member).name == CHECKPOINT]
        if not checkpoints:
            raise SourceFailed(f"{name} holds no checkpoint: it is no archive of a published log")
        top = min(checkpoints, key=lambda path: (len(path.parts), str(path))).parent
        self._prefix = "" if str(top) == "." else f"{top}/"
        self._name, self._members, self._read, self._lock = name, members, read, Lock()

    def get(self, path: str, most: int = FILE_MAX_BYTES) -> bytes | None:
        """Return a member's bytes, or nothing if there is none. :raises SourceFailed: if it cannot be read."""
        member = self._prefix + path
        size = self._members.get(member)
        if size is None:
            return None
        if size > most:
            raise SourceFailed(f"{path} has {size} bytes, more than {most}")
        try:
            with self._lock:
                return limited(self._read(member, most), path, most)
        except _FAILURES as error:
            raise SourceFailed(f"{path} cannot be read from {self._name}: {error}") from error


def open_archive(path: Path) -> Archive:
    """Return an archive's members. :raises SourceFailed: if it is damaged, or larger than a log's can be."""
    try:
        with ExitStack() as stack:
            if path.name.endswith(".zip"):
                _demand_short_directory(path)
                archive = _zip(path, stack.enter_context(zipfile.ZipFile(path)))
            else:
                file = path.open("rb") if path.name.endswith(".tar") else Unpacked(path)
                archive = _tar(path, stack.enter_context(file))
            stack.pop_all()
            return archive
    except _FAILURES as error:
        raise SourceFailed(f"{path} cannot be read as an archive: {error}") from error


class _Counted:
    """The members found so far, held to the limits."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self._total = 0

    def add(self, name: str, size: int) -> str:
        """Note a member. :raises SourceFailed: if there are too many, or it is too large, or is there already."""
        plain = str(PurePosixPath(name))
        self._total += size
        if plain in self.sizes:
            raise SourceFailed(f"the archive holds {plain[:200]} twice")
        if not 0 <= size <= DOCUMENT_MAX_BYTES or self._total > UNPACKED_MAX_BYTES or len(self.sizes) >= MEMBERS_MAX:
            count = len(self.sizes) + 1
            raise SourceFailed(f"the archive is no log: {plain[:200]} is member {count} and has {size} bytes")
        self.sizes[plain] = size
        return plain


def _zip(path: Path, archive: zipfile.ZipFile) -> Archive:
    found, names = _Counted(), dict[str, str]()
    for info in archive.infolist():
        if not info.is_dir():
            names[found.add(info.filename, info.file_size)] = info.filename

    def read(member: str, most: int) -> bytes:
        with archive.open(names[member]) as file:
            return file.read(most + 1)

    return Archive(path.name, found.sizes, read, archive.close)


def _demand_short_directory(path: Path) -> None:
    # The library reads the list of members as a whole: so its size, as it stands at the end, is looked at first.
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 66_000))
        tail = file.read()
    at = tail.rfind(_END)
    size = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    locator = at - _LOCATOR_BYTES
    if locator >= 0 and tail[locator : locator + 4] == _LOCATOR:
        record = tail[max(0, locator - _END64_BYTES) : locator]
        size = max(size if size != 0xFFFFFFFF else 0, int.from_bytes(record[40:48], "little"))
    if size > DIRECTORY_MAX_BYTES:
        raise SourceFailed(f"{path.name}: its list of members has {size} bytes, more than that of any log")


class _Guarded:
    """Refuses to read headers that are larger than any name: the library would take them into memory."""

    def __init__(self, file: Any) -> None:
        self._file, self._reads = file, 0
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def read(self, size: int) -> bytes:
        """Read so many bytes. :raises SourceFailed: if that is more than a header can have."""
        self._reads += 1
        if not 0 <= size <= _HEADER_MAX_BYTES or self._reads > _READS_MAX:
            raise SourceFailed(f"the archive has a header of {size} bytes, or headers without end")
        content: bytes = self._file.read(size)
        return content


def _tar(path: Path, file: Any) -> Archive:
    found, places = _Counted(), dict[str, int]()
    with tarfile.open(fileobj=_Guarded(file), mode="r:") as archive:  # type: ignore[call-overload]
        for member in archive:
            if member.isreg() and not member.sparse:  # links could lead anywhere
                places[found.add(member.name, member.size)] = member.offset_data
            archive.members.clear()  # the library keeps every member for an extraction that never comes

    def read(member: str, most: int) -> bytes:
        file.seek(places[member])
        content: bytes = file.read(found.sizes[member])
        return content

    return Archive(path.name, found.sizes, read, file.close)
