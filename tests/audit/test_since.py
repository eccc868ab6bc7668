"""With --since only new entries are read, bound to what was known by a proof from the tiles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.audit.__main__ import main
from service.audit.merkle import Frontier, leaf_hash, root_of
from service.audit.report import Report
from service.audit.sources import Folder
from service.audit.tiles import Tiles
from service.audit.verifying import Terms, verify_log
from tests.audit.builder import ORIGIN, Builder, vkey
from tests.audit.folder import signed_checkpoint, write_log
from tests.audit.lies import log_with_campaign
from tests.audit.test_published import receipt
from tests.audit.test_tree import naive, subproof_of_leaves
from tests.audit.witnesses import cosigned, seconds, witness


@pytest.fixture
def log() -> Builder:
    """Return a log of 904 entries."""
    return log_with_campaign(signers=900)


def since(lines: list[bytes], folder: Path, known: bytes, policy: str = "quorum none\n") -> Report:
    copy = folder / "log"
    if not copy.exists():
        write_log(copy, lines)
    (folder / "policy").write_text(f"log {vkey(ORIGIN, 1)}\n{policy}")
    (folder / "known").write_bytes(known)
    terms = Terms(since=folder / "known", now=seconds("2026-01-05T12:00:00"))
    return verify_log(str(copy), folder / "policy", lambda done, total: None, (), terms)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 513, 768, 903, 904])
def test_only_new_entries_are_read(log: Builder, tmp_path: Path, size: int) -> None:
    lines = log.lines()
    copy = write_log(tmp_path / "log", lines)
    for number in range(size // 256):
        (copy / f"tile/entries/{number:03}").unlink()
    report = since(lines, tmp_path, signed_checkpoint(lines[:size]))
    assert (report.errors, report.findings) == ([], [])
    checks = {check.title: check for check in report.checks}
    assert next(check.entries for title, check in checks.items() if "read strictly, and states" in title) == 904 - size
    assert "every entry" in next(check.skipped for title, check in checks.items() if title.startswith("Rules"))


def test_a_receipt_serves_and_what_does_not_is_an_error(log: Builder, tmp_path: Path) -> None:
    lines = log.lines()
    other = [*lines[:300], lines[299]]
    for known, expected in (
        (receipt(lines[:300], 7), []), (signed_checkpoint(other), ["since"]), (b"nothing", ["since"]),
        (signed_checkpoint([*lines, b"x"]), ["since"]), (signed_checkpoint(lines[:300], 9), ["since"]),
        (signed_checkpoint([*lines[:-1], b"x"]), ["since"]), (signed_checkpoint([]), ["since"]),
    ):  # fmt: skip
        assert [error.field for error in since(lines, tmp_path, known).errors] == expected


@pytest.mark.parametrize(
    "path", ["tile/entries/002", "tile/entries/003.p/136", "tile/0/002", "tile/0/003.p/136", "tile/1/000.p/3"]
)
def test_a_damaged_file_of_the_new_part_is_an_error(log: Builder, tmp_path: Path, path: str) -> None:
    copy = write_log(tmp_path / "log", log.lines())
    right = (copy / path).read_bytes()
    for wrong in (right[:40] + bytes([right[40] ^ 1]) + right[41:], right[:-1], right + b"\0", None):
        (copy / path).unlink(missing_ok=True)
        if wrong is not None:
            (copy / path).write_bytes(wrong)
        assert since(log.lines(), tmp_path, signed_checkpoint(log.lines()[:600])).exit_code == 1, wrong


def test_entries_and_tile_changed_alike_do_not_lead_to_the_signed_root(log: Builder, tmp_path: Path) -> None:
    lines = log.lines()
    copy, lie = write_log(tmp_path / "log", lines), [*lines[:600], lines[601], lines[600], *lines[602:]]
    other = write_log(tmp_path / "other", lie)
    for path in ("tile/entries/002", "tile/0/002"):
        (copy / path).write_bytes((other / path).read_bytes())
    report = since(lines, tmp_path, signed_checkpoint(lines[:300]))
    assert [error.field for error in report.errors] == ["root"]


def test_a_new_entry_that_is_no_event_or_of_a_day_to_come_is_an_error(log: Builder, tmp_path: Path) -> None:
    lines = log.lines()
    lines[700] = lines[700].replace(b'"v":1', b'"v":2')
    lines[800] = lines[800].replace(b"2026-01-05", b"2026-01-07")
    copy = write_log(tmp_path / "log", lines)
    at = seconds("2026-01-05T12:00:00")
    (copy / "checkpoint").write_bytes(cosigned(signed_checkpoint(lines), at, 1))
    report = since(lines, tmp_path, signed_checkpoint(lines[:600]), f"witness w {witness(1)}\nquorum w\n")
    assert [error.index for error in report.errors] == [700, 800]


def test_the_command_says_what_it_leaves_out(log: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    since(log.lines(), tmp_path, signed_checkpoint(log.lines()[:300]))
    given = ["verify", str(tmp_path / "log"), "--policy", str(tmp_path / "policy"), "--since", str(tmp_path / "known")]
    assert main(given) == 0
    assert "not checked with --since" in capsys.readouterr().out
    assert main([*given, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["checks"][-1]["skipped"]


def test_tiles_give_every_proof_and_edge_of_the_naive_tree(log: Builder, tmp_path: Path) -> None:
    lines = log.lines()
    copy = write_log(tmp_path / "log", lines)
    tiles = Tiles(Folder(copy), len(lines))
    for size in (1, 2, 3, 255, 256, 257, 511, 512, 640, 768, 903, 904):
        assert tiles.consistency_proof(size) == subproof_of_leaves(size, lines)
        assert tiles.frontier(size).root() == naive(lines[:size])


def test_a_frontier_grows_to_the_root_of_every_size() -> None:
    frontier, hashes = Frontier(), []
    assert frontier.root() == root_of([])
    for number in range(600):
        hashes.append(leaf_hash(b"%d" % number))
        frontier.append(hashes[-1])
        assert frontier.root() == root_of(hashes)
