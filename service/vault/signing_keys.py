"""The keys that sign: those of the log and of promises, one file each, `log`, `log-2`, … in the order of rotation.

Which of them are in use the log says (`key.rotated`); here they are only held.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.errors import ConfigError
from service.vault.key_files import read_key_file, write_key_file
from service.vault.notes import sign_note, vkey

KEY_BYTES = 32


class SigningKeys:
    """The keys of one role in a folder, by their verifier keys, oldest first.

    They are read again when the folder changed, so that a new one is used without a restart.
    """

    def __init__(self, folder: Path, role: str, name: str) -> None:
        self.role, self.name = role, name
        self._folder = folder
        self._file = re.compile(rf"{role}(?:-([2-9]|[1-9][0-9]+))?")
        self._seen_ns = -1
        self._keys: dict[str, Ed25519PrivateKey] = {}
        if not self.vkeys:
            read_key_file(folder / role)  # which says what is missing and what to do

    @property
    def vkeys(self) -> tuple[str, ...]:
        """Return the verifier keys, oldest first."""
        return tuple(self._read())

    def sign(self, text: str, using: Sequence[str] = ()) -> str:
        """Return a note signed by the keys of these verifier keys, or without any by the only key there is.

        :raises ConfigError: if one of them is not here, or which one to use was not said.
        """
        held = self._read()
        chosen = tuple(using) or self.vkeys
        missing = [one for one in chosen if one not in held]
        if missing or (not using and len(held) > 1):
            raise ConfigError(f"KEYS_DIR: the key {(missing or chosen)[0]} is not to be used: run `petition doctor`")
        return sign_note(text, self.name, *(held[one] for one in chosen))

    def make(self) -> str:
        """Make the next key of this role in a file of its own (mode 0400), and return its verifier key."""
        number = max(self._numbers(), default=0) + 1
        key = os.urandom(KEY_BYTES)
        write_key_file(self._folder / self._file_name(number), key)
        self._seen_ns = -1
        return vkey(self.name, Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw())

    def _read(self) -> dict[str, Ed25519PrivateKey]:
        changed_ns = os.stat(self._folder).st_mtime_ns
        if changed_ns != self._seen_ns:
            paths = [self._folder / self._file_name(number) for number in sorted(self._numbers())]
            keys = [Ed25519PrivateKey.from_private_bytes(read_key_file(path)) for path in paths]
            self._keys = {vkey(self.name, key.public_key().public_bytes_raw()): key for key in keys}
            self._seen_ns = changed_ns
        return self._keys

    def _numbers(self) -> list[int]:
        matches = (self._file.fullmatch(name) for name in os.listdir(self._folder))
        return [int(match[1] or 1) for match in matches if match]

    def _file_name(self, number: int) -> str:
        return self.role if number == 1 else f"{self.role}-{number}"
