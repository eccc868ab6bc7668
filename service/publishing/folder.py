"""The published log as a folder of static files, for any web server or mirror: incremental and safe against crashes."""

from __future__ import annotations

import fcntl
import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from service.archive.documents import get, public_documents, removed_documents
from service.errors import LogDamaged, Refused
from service.publishing.policy import Policy
from service.publishing.shown import newest_shown
from service.publishing.signed import Checkpoint
from service.publishing.tiles import tiles_between
from service.publishing.tree import TileMissing, content_of, root_at
from service.store.database import Database

CHECKPOINT, KEYS, DOCUMENTS = "checkpoint", "keys", "documents"
NOTHING = "Nothing was published yet: start the worker (`petition work`), which asks the witnesses."


def write_folder(database: Database, policy: Policy, folder: Path, told: Callable[[str], None]) -> int:
    """Write what a folder lacks of the published log, up to the checkpoint that is shown, and return its size.

    Every file that a checkpoint implies is there before the checkpoint is: temporary file, fsync, rename, fsync of the
    folder. Documents that were taken down are deleted there, too. `told` hears the path of each file. Of two at once,
    on one machine, the second waits for the first.

    :raises Refused: if nothing is shown yet.
    :raises LogDamaged: if the folder holds a checkpoint that is no prefix of this log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        with database.read() as connection:
            published = newest_shown(connection)
            if published is None:
                raise Refused(NOTHING)
            old = _size_there(folder / CHECKPOINT, published)
            _check_prefix(connection, folder, old, published)
            for tile in tiles_between(old, published.size):
                _write(folder / tile.path, content_of(connection, tile))
                told(tile.path)
            _write_documents(connection, folder / DOCUMENTS, told)
        _write(folder / KEYS, policy.text().encode())
        _write(folder / CHECKPOINT, published.note.encode())
    told(CHECKPOINT)
    return published.size


def _write_documents(connection: sa.Connection, folder: Path, told: Callable[[str], None]) -> None:
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set[str]()
    for hash in sorted(public_documents(connection) - there):
        _write(folder / hash, get(connection, hash).bytes())
        told(f"{DOCUMENTS}/{hash}")
    for hash in sorted(there & removed_documents(connection)):
        (folder / hash).unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other publishers out: they would rename each other's unfinished files, and put an older checkpoint back.

    The folder itself is locked (flock), which leaves no file and ends with the process.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _size_there(path: Path, published: Checkpoint) -> int:
    if not path.exists():
        return 0
    origin, lines = published.text.partition("\n")[0], path.read_text(encoding="utf-8").split("\n")
    if lines[0] != origin or not lines[1].isdigit():
        raise LogDamaged(f"{path} is no checkpoint of {origin}: choose another folder")
    return int(lines[1])


def _check_prefix(connection: sa.Connection, folder: Path, old: int, published: Checkpoint) -> None:
    if old == 0:
        return
    there = (folder / CHECKPOINT).read_text(encoding="utf-8").split("\n")[2]
    try:
        same = old <= published.size and b64encode(root_at(connection, old)).decode() == there
    except TileMissing:
        same = False
    if not same:
        raise LogDamaged(
            f"{folder} holds a checkpoint of size {old} that is no prefix of this log (size {published.size}): the "
            "database was rolled back, or the folder is of another history. Nothing was written"
        )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    with open(unfinished, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
