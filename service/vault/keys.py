"""The deployment's own keys: files outside the database and its backups, readable by the service alone."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from service.errors import ConfigError
from service.vault.kek_files import KekFiles
from service.vault.key_files import make_folder_of_keys, read_key_file, refuse_open_folder
from service.vault.mldsa import MldsaKey, make_mldsa, read_mldsa
from service.vault.notes import key_id
from service.vault.signing_keys import SigningKeys

KEY_BYTES = 32
FIRST_KEYS = ("kek-1", "server", "log", "promise")


class Keys:
    """The keys in a folder: ``kek-N`` wrap data keys, ``server`` makes codes and links, ``log`` and ``promise`` sign.

    Key-encryption keys are read by number when they are needed: see `KekFiles`.
    """

    def __init__(self, folder: Path, origin: str) -> None:
        self.origin = _checked_origin(origin)
        self._folder = folder
        self._server = read_key_file(folder / "server")
        self.log = SigningKeys(folder, "log", self.origin)
        self.promise = SigningKeys(folder, "promise", f"{self.origin}/promise")
        self.mldsa = read_mldsa(folder, self.origin)
        self.keks = KekFiles(folder)
        if not self.keks.numbers():
            raise ConfigError(f"KEYS_DIR: there is no key-encryption key (kek-1) in {folder}. {_ADVICE}")
        self.kek(self.newest_kek)

    @staticmethod
    def create(folder: Path, origin: str) -> Keys:
        """Make a folder (mode 0700) with new keys (mode 0400), all or none.

        :raises ConfigError: if the folder holds anything already or cannot be made.
        """
        _checked_origin(origin)
        make_folder_of_keys(folder, {name: os.urandom(KEY_BYTES) for name in FIRST_KEYS})
        return Keys.load(folder, origin)

    @staticmethod
    def load(folder: Path, origin: str) -> Keys:
        """Read the keys in a folder.

        :raises ConfigError: naming the file and what to do, if one is missing, of the wrong size or readable by others.
        """
        refuse_open_folder(folder)
        return Keys(folder, origin)

    @property
    def newest_kek(self) -> int:
        """Return the highest number of a key-encryption key: new data keys are wrapped under it.

        :raises KeyMissing: if none is left.
        """
        return self.keks.newest()

    def kek(self, number: int) -> bytes:
        """Return the key-encryption key of a number (32 bytes).

        :raises KeyMissing: if there is none, for example because it was destroyed after a rotation.
        """
        return self.keks.read(number)

    @property
    def log_vkey(self) -> str:
        """Return the verifier key of the log that is held for the longest."""
        return self.log.vkeys[0]

    @property
    def published_vkeys(self) -> tuple[str, ...]:
        """Return the verifier keys of the log that others may pin: all that are held, Ed25519 first."""
        return self.log.vkeys if self.mldsa is None else (*self.log.vkeys, self.mldsa.vkey)

    @property
    def promise_vkey(self) -> str:
        """Return the verifier key of promises that is held for the longest."""
        return self.promise.vkeys[0]

    def sign_log_note(self, text: str, *using: str) -> str:
        """Return a note of this text signed by the log's keys of these verifier keys, or by the only one there is."""
        return self.log.sign(text, using)

    def sign_promise_note(self, text: str, *using: str) -> str:
        """Return a note of this text signed by a key of promises, as `sign_log_note` does."""
        return self.promise.sign(text, using)

    def make_mldsa(self) -> MldsaKey:
        """Make the log's ML-DSA-44 key, which signs beside the Ed25519 key from the next start on.

        :raises FileExistsError: if there is one.
        """
        return make_mldsa(self._folder, self.origin)

    def mac(self, purpose: str, message: bytes) -> bytes:
        """Return HMAC-SHA256 under the server key; a value made for one purpose never equals one for another.

        :raises ValueError: if the purpose is empty or holds a zero byte.
        """
        if not purpose or "\0" in purpose:
            raise ValueError(f"a purpose is not empty and holds no zero byte: {purpose!r}")
        return hmac.digest(self._server, b"petition/server/v1\0" + purpose.encode() + b"\0" + message, hashlib.sha256)


_ADVICE = "Run `petition prepare` for a new installation; put the key back from its backup for an old one."


def _checked_origin(origin: str) -> str:
    try:
        key_id(origin, bytes(KEY_BYTES))
    except ValueError as error:
        raise ConfigError("ORIGIN: write host and path without scheme, such as petitions.example.org/log") from error
    return origin
