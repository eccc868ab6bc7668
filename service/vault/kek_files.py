"""The key-encryption keys in a folder: ``kek-1``, ``kek-2``, …; the newest wraps, and the older ones unwrap."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from service.errors import ConfigError
from service.vault.key_files import destroy_key_file, read_key_file, write_key_file

KEK_FILE = re.compile(r"kek-([1-9][0-9]{0,8})")
KEY_BYTES = 32
UNSETTLED_NS = 1_000_000_000  # a second change within one tick of the file system's clock leaves no other time


class KeyMissing(ConfigError):
    """A key-encryption key is missing: what was sealed under it cannot be opened."""

    code = "key-missing"


class KekFiles:
    """The key-encryption keys in a folder, read by number when they are needed.

    A new one is used without a restart, and one that was destroyed is forgotten.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: dict[int, bytes] = {}
        self._seen_ns = -1

    def numbers(self) -> frozenset[int]:
        """Return the numbers of the keys that are there."""
        changed_ns = os.stat(self._folder).st_mtime_ns
        if changed_ns != self._seen_ns:
            matches = (KEK_FILE.fullmatch(name) for name in os.listdir(self._folder))
            self._known = frozenset(int(match[1]) for match in matches if match)
            self._keys = {number: key for number, key in self._keys.items() if number in self._known}
            is_settled = time.time_ns() - changed_ns > UNSETTLED_NS
            self._seen_ns = changed_ns if is_settled else -1
        return self._known

    def newest(self) -> int:
        """Return the highest number. :raises KeyMissing: if no key is left."""
        numbers = self.numbers()
        if not numbers:
            raise KeyMissing(f"KEYS_DIR: no key (kek-N) is left in {self._folder}: put it back from its copy")
        return max(numbers)

    def read(self, number: int) -> bytes:
        """Return the key of a number (32 bytes). :raises KeyMissing: if it is not there."""
        if number not in self.numbers():
            raise KeyMissing(f"KEYS_DIR: kek-{number} is not in {self._folder}: put it back from its copy")
        found = self._keys.get(number)
        if found is None:
            found = self._keys[number] = read_key_file(self._folder / f"kek-{number}")
        return found

    def make(self, number: int, copy: Path | None) -> None:
        """Make the key of a number, first in the folder for copies if there is one; made again, it is that same key.

        :raises ConfigError: if a file cannot be written or is no key.
        """
        name, key = f"kek-{number}", os.urandom(KEY_BYTES)
        try:
            if copy is not None:
                if (copy / name).exists():  # stopped in between
                    key = read_key_file(copy / name)
                else:
                    write_key_file(copy / name, key)
            write_key_file(self._folder / name, key)
        except OSError as error:
            raise ConfigError(f"{error.filename}: the new key cannot be written: {error.strerror}") from error
        self._seen_ns = -1

    def destroy(self, number: int, copy: Path | None) -> None:
        """Destroy the key of a number for good, and its copy first: what is wrapped under it is unreadable from here.

        :raises ConfigError: if a file cannot be overwritten or removed.
        """
        try:
            for folder in (copy, self._folder):
                if folder is not None:
                    destroy_key_file(folder / f"kek-{number}")
        except OSError as error:
            raise ConfigError(f"{error.filename}: the old key cannot be destroyed: {error.strerror}") from error
        self._seen_ns = -1
