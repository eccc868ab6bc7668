"""The file of a sample audit: sealed for its auditor, and read strictly (docs/log_format.md section 10)."""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from typing import Any, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import UNSET, UnsetType

from service.audit.notes import BadNote, strict_b64
from service.audit.openings import Opening
from service.audit.reading import Unreadable

HEAD = "petition-audit-sample/v1"
LARGEST_SAMPLE = 50_000_000  # bytes: 1,000 openings take about 1 MB
KEY_BYTES = 32
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_RANDOMNESS = re.compile("[0-9a-f]{64}")


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was drawn, and what opens it; nothing opens it if its person was erased, or renewed since."""

    entry: int
    opening: Opening | UnsetType = UNSET


class SampleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the service answers to a draw."""

    v: Literal[1]
    campaign: str
    checkpoint: str  # the signed note
    chain: str
    round: int
    randomness: str  # hex
    population: int
    answers: list[Answer]


def new_key(path: Path) -> str:
    """Writes a new private key to a file that its owner alone can read, and gives the public key, as base64.

    :raises Unreadable: if the file is there, or cannot be written.
    """
    key = X25519PrivateKey.generate()
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64encode(key.private_bytes_raw()) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Unreadable(f"Cannot write {path}: {error.strerror}. Name a new file for the key.") from error
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def read_key(path: Path) -> X25519PrivateKey:
    """Gives the private key in a file. :raises Unreadable: if it cannot be read, or is none."""
    try:
        raw = strict_b64(path.read_text(encoding="ascii").removesuffix("\n"))
        return X25519PrivateKey.from_private_bytes(raw)
    except (OSError, ValueError) as error:  # BadNote is a ValueError
        raise Unreadable(f"Cannot read the key {path}. Give the file that `sample --new-key` wrote.") from error


def read_sample(path: Path, key: X25519PrivateKey) -> tuple[str, SampleFile]:
    """Gives the origin that a sample names, and what it holds.

    :raises Unreadable: if it cannot be opened with this key, or is not of its form, byte by byte.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_SAMPLE + 1)
    except OSError as error:
        raise Unreadable(f"Cannot read {path}: {error.strerror}. Give what `petition audit fetch` wrote.") from error
    try:
        origin, plain = _opened(content, key)
        return origin, _strict(plain)
    except (BadNote, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"{path} is no sample of an audit: {error}") from error
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"{path} was sealed for another key, or altered: this one does not open it.") from error


def _opened(content: bytes, key: X25519PrivateKey) -> tuple[str, bytes]:
    lines = content.decode().split("\n")
    if len(content) > LARGEST_SAMPLE or len(lines) != 4 or lines[0] != HEAD or lines[3]:
        raise BadNote(f"it is three lines, the first {HEAD}, and at most {LARGEST_SAMPLE} bytes")
    return lines[1], _SUITE.decrypt(strict_b64(lines[2]), key, info=f"{lines[0]}\n{lines[1]}\n".encode())


def _strict(plain: bytes) -> SampleFile:
    sample = msgspec.json.decode(plain, type=SampleFile)
    built: Any = msgspec.to_builtins(sample)
    again = json.dumps(built, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if again.encode("utf-8", "surrogatepass") != plain:
        raise BadNote("what it holds is not canonical JSON, keys sorted, no spaces")
    if not _RANDOMNESS.fullmatch(sample.randomness) or not sample.answers or sample.round < 1:
        raise BadNote("it needs a round from 1 on, its randomness as 64 lower-case hex digits, and an answer")
    return sample
