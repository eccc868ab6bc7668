"""The log's second kind of key, for readers who fear quantum computers: ML-DSA-44 (FIPS 204), beside Ed25519."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from service.vault.key_files import read_key_file, write_key_file

ALGORITHM = 0x06  # docs/log_format.md section 3
FILE = "log-mldsa44"  # its seed, 32 bytes
SEED_BYTES = 32


@dataclass(frozen=True)
class MldsaKey:
    """A key of this kind under a name."""

    name: str
    private: MLDSA44PrivateKey

    @property
    def vkey(self) -> str:
        """Return the verifier key."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self._typed).decode()}"

    @property
    def id(self) -> bytes:
        """Return the key's id, four bytes."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._typed).digest()[:4]

    def line(self, time_s: int, message: bytes) -> str:
        """Return the signature line of a message that states this time in POSIX seconds (C2SP tlog-cosignature)."""
        value = self.id + time_s.to_bytes(8, "big") + self.private.sign(message)
        return f"\N{EM DASH} {self.name} {base64.b64encode(value).decode()}\n"

    @property
    def _typed(self) -> bytes:
        return bytes([ALGORITHM]) + self.private.public_key().public_bytes_raw()


def read_mldsa(folder: Path, name: str) -> MldsaKey | None:
    """Return the key in a folder, or nothing if the installation has none. :raises ConfigError: if it is damaged."""
    if not (folder / FILE).exists():
        return None
    return MldsaKey(name, MLDSA44PrivateKey.from_seed_bytes(read_key_file(folder / FILE)))


def make_mldsa(folder: Path, name: str) -> MldsaKey:
    """Make the key (mode 0400). :raises FileExistsError: if there is one."""
    seed = os.urandom(SEED_BYTES)
    write_key_file(folder / FILE, seed)
    return MldsaKey(name, MLDSA44PrivateKey.from_seed_bytes(seed))
