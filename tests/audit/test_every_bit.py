"""Each bit of a small published log is flipped in turn: none goes unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.audit import verifying
from service.audit.merkle import BadProof
from service.audit.notes import BadNote, parse_vkey
from service.audit.receipts import read_receipt
from service.audit.sources import FILE_MAX_BYTES
from service.audit.verifying import verify_log
from tests.audit.builder import ORIGIN, Builder, vkey
from tests.audit.folder import signed_checkpoint, write_log
from tests.audit.test_published import receipt
from tests.audit.witnesses import cosigned, seconds, witness

NOON = seconds("2026-01-05T12:00:00")
LOG = f"log {vkey(ORIGIN, 1)}\n"


class Memory:
    """A published log in memory: ten thousand audits need no disk."""

    workers = 1

    def __init__(self, folder: Path) -> None:
        files = [path for path in folder.rglob("*") if path.is_file()]
        self.files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    def get(self, path: str, most: int = FILE_MAX_BYTES) -> bytes | None:
        return self.files.get(path)

    def close(self) -> None:
        """Nothing is held open."""


def small_log() -> list[bytes]:
    log = Builder()
    log.add("addressee.registered", addressee="some-court", document="0" * 64)
    return log.lines()


def flipped(right: bytes) -> Iterator[bytes]:
    for place in range(len(right)):
        for bit in range(8):
            yield right[:place] + bytes([right[place] ^ (1 << bit)]) + right[place + 1 :]


@pytest.mark.parametrize(("name", "quorum"), [
    ("tile/entries/000.p/2", "quorum none\n"), ("tile/0/000.p/2", "quorum none\n"),
    ("checkpoint", f"witness w {witness(1)}\nquorum w\n"),
])  # fmt: skip
def test_a_flipped_bit_of_a_published_file_is_an_error(
    name: str, quorum: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, policy = small_log(), tmp_path / "policy"
    source = Memory(write_log(tmp_path / "log", lines))
    if "witness" in quorum:
        source.files["checkpoint"] = cosigned(signed_checkpoint(lines), NOON, 1)
    policy.write_text(LOG + quorum)
    monkeypatch.setattr(verifying, "source_of", lambda name: source)
    right = source.files[name]
    assert verify_log("", policy, lambda done, total: None).errors == []
    for wrong in flipped(right):
        source.files[name] = wrong
        report = verify_log("", policy, lambda done, total: None)
        assert any(error.index == -1 for error in report.errors), wrong


def test_a_flipped_bit_of_a_receipt_is_refused() -> None:
    lines = small_log()
    right = receipt(lines, 1)
    keys = [parse_vkey(vkey(ORIGIN, 1))]
    assert read_receipt(right, keys).leaf == lines[1]
    for wrong in flipped(right):
        with pytest.raises((BadNote, BadProof)):
            read_receipt(wrong, keys)
