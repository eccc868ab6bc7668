"""A witness's own key: one line in a file that nobody else can read, and the cosignatures made with it."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.audit.notes import COSIGNATURE, BadNote, VerifierKey, cosigned_message, is_key_name, key_id
from service.audit.reading import Unreadable

HEAD = "PRIVATE+KEY"  # as signers of notes write theirs: head, name, id, algorithm and seed
SEED_BYTES = 32
OTHERS = stat.S_IRWXG | stat.S_IRWXO
KEY_FILE_MAX_BYTES = 1_000


@dataclass(frozen=True)
class WitnessKey:
    """The name of a witness and its Ed25519 seed (32 bytes)."""

    name: str
    seed: bytes

    @property
    def public(self) -> VerifierKey:
        """Gives the public half."""
        raw = self._private.public_key().public_bytes_raw()
        return VerifierKey(self.name, key_id(self.name, COSIGNATURE, raw), COSIGNATURE, raw)

    @property
    def vkey(self) -> str:
        """Gives the verifier key that others pin."""
        return f"{self.name}+{self.public.id.hex()}+{_b64(bytes([COSIGNATURE]) + self.public.public)}"

    def cosign(self, text: str, time: int) -> str:
        """Gives the signature line that says: at this time (POSIX seconds) no larger tree of this origin was seen."""
        value = time.to_bytes(8, "big") + self._private.sign(cosigned_message(self.public, time, text))
        return f"\N{EM DASH} {self.name} {_b64(self.public.id + value)}\n"

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def make_key(path: Path, name: str) -> WitnessKey:
    """Makes a new key in a file (mode 0400). :raises Unreadable: if it cannot be so named, or the file is there."""
    if not is_key_name(name):
        raise Unreadable(f"{name!r} cannot name a key: write host and path, such as witness.example.org/w1")
    key = WitnessKey(name, os.urandom(SEED_BYTES))
    line = f"{HEAD}+{name}+{key.public.id.hex()}+{_b64(bytes([COSIGNATURE]) + key.seed)}\n"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Unreadable(f"{path} cannot be written: {error.strerror}. A key never replaces another.") from error
    return key


def read_key(path: Path) -> WitnessKey:
    """Reads a key file. :raises Unreadable: saying what to do, if it is missing, readable by others or damaged."""
    try:
        with open(path, "rb") as file:
            mode, content = os.fstat(file.fileno()).st_mode, file.read(KEY_FILE_MAX_BYTES)
    except OSError as error:
        raise Unreadable(f"Cannot read the key {path}: {error.strerror}. Make one with --new-key NAME.") from error
    if mode & OTHERS:
        raise Unreadable(f"Others can read or change the key {path}. Run: chmod 0400 {path}")
    try:
        name, digits, encoded = content.decode().removeprefix(f"{HEAD}+").removesuffix("\n").split("+", 2)
        value = base64.b64decode(encoded, validate=True)
        key = WitnessKey(name, value[1:])
        if value[:1] != bytes([COSIGNATURE]) or key.public.id.hex() != digits or not is_key_name(name):
            raise BadNote("the id is of another key")
    except (ValueError, binascii.Error) as error:
        raise Unreadable(f"{path} is no key of a witness: put it back from its backup.") from error
    return key


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()
