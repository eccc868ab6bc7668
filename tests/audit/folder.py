"""Writes a published log into a folder, as docs/log_format.md sections 2 and 3 say, with the standard library alone."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.audit.builder import ORIGIN, vkey
from tests.audit.test_tree import naive

LOG_SEED, PROMISE_SEED = 1, 3


def write_log(folder: Path, leaves: list[bytes], seed: int = LOG_SEED, origin: str = ORIGIN) -> Path:
    """Write checkpoint, keys, bundles and tiles of a log of at most 256,000 entries; return the folder."""
    hashes = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    for index in range(-(-len(leaves) // 256)):
        part = slice(index * 256, index * 256 + 256)
        width = len(leaves[part])
        _write(folder / f"tile/entries/{_name(index, width)}", b"".join(_entry(leaf) for leaf in leaves[part]))
        _write(folder / f"tile/0/{_name(index, width)}", b"".join(hashes[part]))
    level, span = 1, 256
    while full := len(leaves) // span:
        nodes = [naive(leaves[i * span : (i + 1) * span]) for i in range(full)]
        for index in range(-(-full // 256)):
            part = nodes[index * 256 : index * 256 + 256]
            _write(folder / f"tile/{level}/{_name(index, len(part))}", b"".join(part))
        level, span = level + 1, span * 256
    _write(folder / "checkpoint", signed_checkpoint(leaves, seed, origin))
    _write(folder / "keys", f"log {vkey(origin, seed)}\nquorum none\n".encode())
    return folder


def signed_checkpoint(leaves: list[bytes], seed: int = LOG_SEED, origin: str = ORIGIN) -> bytes:
    """Return the signed checkpoint of these leaves."""
    return signed(f"{origin}\n{len(leaves)}\n{base64.b64encode(naive(leaves)).decode()}\n", origin, seed)


def signed_promise(leaf: bytes, due: int, seed: int = PROMISE_SEED, origin: str = ORIGIN) -> bytes:
    """Return the promise that a leaf will be in the log by a time, in POSIX seconds."""
    hashed = base64.b64encode(hashlib.sha256(b"\0" + leaf).digest()).decode()
    text = f"petition-promise/v1\n{origin}\n{'A' * 22}\n{hashed}\nby {due}\n"
    return signed(text, f"{origin}/promise", seed)


def signed(text: str, name: str, seed: int) -> bytes:
    """Return a note with one signature."""
    key_id = bytes.fromhex(vkey(name, seed).split("+")[1])
    signature = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32).sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(key_id + signature).decode()}\n".encode()


def _entry(leaf: bytes) -> bytes:
    return len(leaf).to_bytes(2, "big") + leaf


def _name(index: int, width: int) -> str:
    return f"{index:03}" + (f".p/{width}" if width < 256 else "")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
