"""What a backup says of itself, beside the copy of the database: which log, how long, under which keys."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path

import msgspec
import sqlalchemy as sa

from service.errors import PetitionError
from service.operations.wrapped import WRAPPED
from service.publishing.signed import newest
from service.publishing.tree import root_at
from service.readmodel.tables import live
from service.store.schema import schema_of
from service.store.sqlite_dump import DumpBroken
from service.store.tables import erasure
from service.vault.rewrapping import keks_needed

MANIFEST, DUMP = "manifest.json", "database"
NAME = re.compile(r"backup-(\d{4}-\d\d-\d\d)-(\d+)")
OF_USE_DAYS = 7  # its keys are destroyed by then: PRIVACY.md section 5


class Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a copy of the database holds."""

    schema: str
    log_size: int  # entries that are counted
    root: str  # of these, hex
    checkpoint: str  # the newest signed note; empty before the first
    keks: list[int]  # the key-encryption keys that its rows need
    erasures: int  # the highest number in its journal of erasures


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in ``manifest.json``."""

    v: int
    origin: str
    kind: str  # sqlite postgresql
    day: str
    sha256: str  # of the file beside it
    contents: Contents


def contents_of(connection: sa.Connection) -> Contents:
    """Return what a database holds, in one read transaction."""
    size = connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0
    signed = newest(connection)
    return Contents(
        schema=schema_of(connection),
        log_size=size,
        root=root_at(connection, size).hex(),
        checkpoint=signed.note if signed else "",
        keks=sorted(keks_needed(connection, WRAPPED)),
        erasures=connection.execute(sa.select(sa.func.max(erasure.c.sequence))).scalar() or 0,
    )


def read_manifest(backup: Path) -> Manifest:
    """Return what a backup says of itself. :raises PetitionError: if it is none, or of another version."""
    try:
        found = msgspec.json.decode((backup / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise PetitionError(f"{backup} is no backup: it has no {MANIFEST} that can be read") from error
    except msgspec.MsgspecError as error:
        raise DumpBroken(f"{backup / MANIFEST} cannot be read: {error}") from error
    if found.v != 1:
        raise PetitionError(f"{backup} was made by another version: restore it with that one")
    return found


def check_bytes(backup: Path, manifest: Manifest) -> Path:
    """Return the copy of the database. :raises DumpBroken: if it is not byte for byte the one that was made."""
    dump = backup / DUMP
    try:
        if sha256_of(dump) == manifest.sha256:
            return dump
    except OSError as error:
        raise DumpBroken(f"{dump} cannot be read: {error.strerror}") from error
    raise DumpBroken(f"{dump} is damaged or cut off: it is not what {MANIFEST} says. Take another backup")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def backups_in(folder: Path) -> list[Path]:
    """Return the backups in a folder, oldest first; an unfinished one is none."""
    found = ((match, path) for path in folder.glob("backup-*") if (match := NAME.fullmatch(path.name)))
    return [path for _, path in sorted(found, key=lambda pair: (pair[0][1], int(pair[0][2])))]


def age_days(backup: Path, today: str) -> int:
    """Return how old a backup is, by its name."""
    match = NAME.fullmatch(backup.name)
    assert match is not None
    return (date.fromisoformat(today) - date.fromisoformat(match[1])).days
