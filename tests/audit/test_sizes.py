"""Trees, proofs and published folders of every size up to 1,000, and around those at which a tile is full."""

from __future__ import annotations

import hashlib
import random
from functools import cache
from pathlib import Path

import pytest

from service.audit import merkle
from service.audit.sources import Folder
from service.audit.tiles import Tiles
from service.audit.verifying import Terms, verify_log
from tests.audit.builder import ORIGIN, Builder, vkey
from tests.audit.folder import signed_checkpoint, write_log
from tests.audit.lies import C, log_with_campaign
from tests.audit.test_tree import naive

LARGEST = 65_537
NEAR = (65_535, 65_536, 65_537)
LEAVES = [b"%d" % number for number in range(LARGEST)]
HASHES = [hashlib.sha256(b"\0" + leaf).digest() for leaf in LEAVES]


@cache
def root(start: int, end: int) -> bytes:
    """Return the root of a range, by RFC 6962 section 2.1 word for word."""
    if end - start <= 1:
        return HASHES[start] if end > start else hashlib.sha256(b"").digest()
    k = 1 << (end - start - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(start, start + k) + root(start + k, end)).digest()


def path(index: int, start: int, end: int) -> list[bytes]:
    """Return an audit path by RFC 6962 section 2.1.1."""
    if end - start == 1:
        return []
    k = start + (1 << (end - start - 1).bit_length() - 1)
    inner, other = (path(index, start, k), root(k, end)) if index < k else (path(index, k, end), root(start, k))
    return [*inner, other]


def subproof(size: int, start: int, end: int, whole: bool) -> list[bytes]:
    """Return a consistency proof by RFC 6962 section 2.1.2."""
    if size == end:
        return [] if whole else [root(start, end)]
    k = start + (1 << (end - start - 1).bit_length() - 1)
    if size <= k:
        return [*subproof(size, start, k, whole), root(k, end)]
    return [*subproof(size, k, end, False), root(start, k)]


def check_proofs(size: int, others: list[int]) -> None:
    """Check proofs of some entries and earlier sizes, and that each proves nothing else."""
    for index in others:
        proof = merkle.inclusion_proof(index, HASHES[:size])
        assert proof == path(index, 0, size)
        merkle.verify_inclusion(HASHES[index], index, size, proof, root(0, size))
        for wrong in ((HASHES[index], index ^ 1, size, proof), (HASHES[index - 1], index, size, proof)):
            if size > 1:
                with pytest.raises(merkle.BadProof):
                    merkle.verify_inclusion(*wrong, root(0, size))
        earlier, roots = index + 1, (root(0, index + 1), root(0, size))
        proof = merkle.consistency_proof(earlier, HASHES[:size])
        assert proof == subproof(earlier, 0, size, True)
        merkle.verify_consistency((earlier, size), roots, proof)
        for first, second in ((roots[0][::-1], roots[1]), (roots[0], roots[1][::-1])):
            with pytest.raises(merkle.BadProof):
                merkle.verify_consistency((earlier, size), (first, second), proof)


def test_every_size_up_to_1000_agrees_with_the_naive_tree() -> None:
    tree, frontier, choice = merkle.Tree(keep_leaves=True), merkle.Frontier(), random.Random(1)
    for size in range(1_001):
        assert tree.root() == frontier.root() == merkle.root_of(HASHES[:size]) == root(0, size)
        if size:
            check_proofs(size, sorted({size - 1, choice.randrange(size)}))
        tree.extend([LEAVES[size]])
        frontier.append(HASHES[size])
    for size in range(1_001):
        assert tree.root_at(size) == root(0, size)


@pytest.mark.parametrize("size", NEAR)
def test_sizes_around_the_second_full_tile_agree_with_the_naive_tree(size: int) -> None:
    tree = merkle.Tree()
    tree.extend(LEAVES[:size])
    assert tree.root() == merkle.root_of(HASHES[:size]) == root(0, size)
    check_proofs(size, [0, 255, 256, 32_767, 32_768, 65_279, size - 1])


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """Return a right log of 65,537 entries."""
    return log_with_campaign(signers=LARGEST - 4).lines()


def policy(folder: Path) -> Path:
    path = folder / "policy"
    path.write_text(f"log {vkey(ORIGIN, 1)}\nquorum none\n")
    return path


def quiet(done: int, total: int) -> None:
    """Say nothing."""


@pytest.mark.parametrize("size", [1, 2, 4, 255, 256, 257, 511, 512, 513, LARGEST])
def test_a_published_folder_of_this_size_is_right(size: int, lines: list[bytes], tmp_path: Path) -> None:
    copy = write_log(tmp_path / "log", lines[:size])
    report = verify_log(str(copy), policy(tmp_path), quiet)
    assert (report.errors, report.findings, report.size) == ([], [], size)
    assert sum(campaign.active for campaign in report.campaigns.values()) == max(0, size - 4)
    tiles, known = Tiles(Folder(copy), size), tmp_path / "known"
    for earlier in sorted({1, size // 2 or 1, max(1, size - 1), size}):
        assert tiles.frontier(earlier).root() == naive(lines[:earlier])
        known.write_bytes(signed_checkpoint(lines[:earlier]))
        assert verify_log(str(copy), policy(tmp_path), quiet, (), Terms(since=known)).errors == []


def test_an_empty_published_log_is_right(tmp_path: Path) -> None:
    copy = write_log(tmp_path / "log", [])
    assert {path.name for path in copy.iterdir()} == {"checkpoint", "keys"}
    report = verify_log(str(copy), policy(tmp_path), quiet)
    assert (report.errors, report.findings, report.size) == ([], [], 0)
    assert C not in report.campaigns
    (copy / "checkpoint").write_bytes(signed_checkpoint(Builder().lines()))
    assert verify_log(str(copy), policy(tmp_path), quiet).exit_code == 1
