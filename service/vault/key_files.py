"""Key files: 32 bytes as hex text, mode 0400, in a folder of their own."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from service.errors import ConfigError

HEX_KEY = re.compile(rb"[0-9a-f]{64}\n?")
OTHERS = stat.S_IRWXG | stat.S_IRWXO
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def make_folder_of_keys(folder: Path, keys: dict[str, bytes]) -> None:
    """Make a folder (mode 0700) that holds these keys, all or none, and durable.

    :raises ConfigError: if the folder holds anything already or cannot be made.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))  # mkdtemp: mode 0700
    except OSError as error:
        raise ConfigError(f"KEYS_DIR: no folder can be made in {folder.parent}: {error.strerror}") from error
    try:
        for name, key in keys.items():
            write_key_file(unfinished / name, key)
        unfinished.rename(folder)  # atomic; refused if the folder exists and is not empty
        sync_folder(folder.parent)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise ConfigError(f"KEYS_DIR: {_why_not(folder, error)}") from error


def write_key_file(path: Path, key: bytes) -> None:
    """Write a new key file, durable; an existing one is never overwritten.

    :raises FileExistsError: if there is one.
    """
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)  # of one that was stopped
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "wb") as file:
        file.write(key.hex().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unfinished, path)  # whole or not at all, and refused where there is one
    finally:
        unfinished.unlink()
    sync_folder(path.parent)


def destroy_key_file(path: Path) -> None:
    """Overwrite a key file and remove it, durably; a missing one is left as it is.

    What a disk keeps elsewhere (a copy-on-write file system, worn cells) is out of reach: docs/operations.md.
    """
    try:
        path.chmod(0o600)
        with open(os.open(path, os.O_WRONLY), "wb") as file:
            file.write(os.urandom(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    sync_folder(path.parent)


def read_key_file(path: Path) -> bytes:
    """Return the 32 bytes of a key file.

    :raises ConfigError: naming the file and what to do, if it is missing, of the wrong form or readable by others.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(128)
    except FileNotFoundError as error:
        advice = "run `petition prepare` for a new installation, or put the file back from its backup"
        raise ConfigError(f"KEYS_DIR: the key file {path} is missing: {advice}") from error
    except OSError as error:
        raise ConfigError(f"KEYS_DIR: the key file {path} cannot be read: {error.strerror}") from error
    if mode & OTHERS:
        raise ConfigError(f"KEYS_DIR: others can read or change the key file {path}: run `chmod 0400 {path}`")
    if not HEX_KEY.fullmatch(content):
        raise ConfigError(f"KEYS_DIR: the key file {path} is not 64 lower-case hex digits: put it back from its backup")
    return bytes.fromhex(content.decode())


def refuse_open_folder(folder: Path) -> None:
    """Check that nobody else can put files into the folder.

    :raises ConfigError: if others can, or if there is no folder.
    """
    try:
        mode = folder.stat().st_mode
    except OSError as error:
        why = f"{error.strerror}: run `petition prepare`"
        raise ConfigError(f"KEYS_DIR: the folder {folder} cannot be used: {why}") from error
    if not stat.S_ISDIR(mode):
        raise ConfigError(f"KEYS_DIR: {folder} is not a folder")
    if mode & OTHERS_WRITE:
        raise ConfigError(f"KEYS_DIR: others can write into {folder}: run `chmod 0700 {folder}`")


def _why_not(folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
        return f"{folder} already holds files: new keys never replace old ones. Name an empty folder"
    if error.errno in (errno.EBUSY, errno.EXDEV):
        return f"{folder} is a mount point: name a folder inside it"
    return f"the folder {folder} cannot be made: {error.strerror}"


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, so that a rename or a new file outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
