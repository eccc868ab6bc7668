"""The auditor's tree agrees with the vectors and with a naive second implementation, proofs included."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import pytest

from service.audit import merkle

VECTORS = json.loads((Path(__file__).parent / "vectors" / "tlog.json").read_text())
LEAVES = [str(n).encode() for n in range(520)]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
SIZES = [*range(1, 201), 255, 256, 257]
LARGER = [511, 512, 513]


def naive(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962 section 2.1 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + naive(leaves[:k]) + naive(leaves[k:])).digest()


@cache
def subtree(start: int, end: int) -> bytes:
    return naive(LEAVES[start:end])


def path_of(index: int, start: int, end: int) -> list[bytes]:
    """Return the audit path as RFC 6962 section 2.1.1 defines it."""
    if end - start == 1:
        return []
    k = start + (1 << (end - start - 1).bit_length() - 1)
    if index < k:
        return [*path_of(index, start, k), subtree(k, end)]
    return [*path_of(index, k, end), subtree(start, k)]


def path_of_leaves(index: int, leaves: list[bytes]) -> list[bytes]:
    """Return the audit path of one of any leaves, naively."""
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return [*path_of_leaves(index, leaves[:k]), naive(leaves[k:])]
    return [*path_of_leaves(index - k, leaves[k:]), naive(leaves[:k])]


def subproof(size: int, start: int, end: int, whole: bool = True) -> list[bytes]:
    """Return the consistency proof as RFC 6962 section 2.1.2 defines it."""
    if size == end:
        return [] if whole else [subtree(start, end)]
    k = start + (1 << (end - start - 1).bit_length() - 1)
    if size <= k:
        return [*subproof(size, start, k, whole), subtree(k, end)]
    return [*subproof(size, k, end, False), subtree(start, k)]


def subproof_of_leaves(size: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """Return the consistency proof of any leaves, naively."""
    if size == len(leaves):
        return [] if whole else [naive(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if size <= k:
        return [*subproof_of_leaves(size, leaves[:k], whole), naive(leaves[k:])]
    return [*subproof_of_leaves(size - k, leaves[k:], False), naive(leaves[:k])]


def test_the_classic_roots() -> None:
    leaves = [bytes.fromhex(leaf) for leaf in VECTORS["ct_leaves_hex"]]
    for size, root in enumerate(VECTORS["ct_roots_hex"]):
        assert merkle.root_of([merkle.leaf_hash(leaf) for leaf in leaves[:size]]).hex() == root


def test_a_growing_tree_has_the_naive_root_at_every_size_and_remembers_it() -> None:
    tree = merkle.Tree(keep_leaves=True)
    assert tree.root() == subtree(0, 0)
    for size, leaf in enumerate(LEAVES, 1):
        tree.extend([leaf])
        if size in {*SIZES, *LARGER}:
            assert tree.root() == merkle.root_of(HASHES[:size]) == subtree(0, size)
    for size in (0, *SIZES, *LARGER):
        assert tree.root_at(size) == subtree(0, size)
    for size in (-1, len(LEAVES) + 1):
        with pytest.raises(ValueError, match="cannot give the root"):
            tree.root_at(size)
    with pytest.raises(ValueError, match="not kept"):
        merkle.Tree().root_at(0)


@pytest.mark.parametrize("size", SIZES)
def test_every_entry_is_proved_and_no_other(size: int) -> None:
    hashes, root = HASHES[:size], subtree(0, size)
    for index in range(size):
        proof = merkle.inclusion_proof(index, hashes) if index % 7 == 0 or size < 40 else path_of(index, 0, size)
        assert proof == path_of(index, 0, size)
        merkle.verify_inclusion(hashes[index], index, size, proof, root)
        lies = [(HASHES[-1], index, proof), (hashes[index], index ^ 1, proof), (hashes[index], index, [*proof, root])]
        lies += (
            [(hashes[index], index, proof[:-1]), (hashes[index], index, [proof[0][::-1], *proof[1:]])] if proof else []
        )
        for hashed, place, path in lies:
            with pytest.raises(merkle.BadProof):
                merkle.verify_inclusion(hashed, place, size, path, root)


@pytest.mark.parametrize("size", SIZES)
def test_every_earlier_tree_is_proved_a_prefix(size: int) -> None:
    hashes, root = HASHES[:size], subtree(0, size)
    for earlier in range(1, size + 1):
        proof = subproof(earlier, 0, size)
        if earlier % 7 == 0 or size < 40:
            assert merkle.consistency_proof(earlier, hashes) == proof
        before = subtree(0, earlier)
        merkle.verify_consistency((earlier, size), (before, root), proof)
        lies = [(before[::-1], root, proof), (before, root[::-1], proof), (before, root, [*proof, root])]
        lies += [(before, root, proof[:-1])] if proof else []
        for first, second, path in lies:
            with pytest.raises(merkle.BadProof):
                merkle.verify_consistency((earlier, size), (first, second), path)


def test_what_cannot_be_proved_is_refused() -> None:
    for index, size in ((0, 0), (1, 1), (-1, 3)):
        with pytest.raises(ValueError, match="no inclusion proof"):
            merkle.inclusion_proof(index, HASHES[:size])
        with pytest.raises(merkle.BadProof):
            merkle.verify_inclusion(HASHES[0], index, size, [], HASHES[0])
    for earlier, size in ((0, 0), (0, 3), (4, 3), (-1, 3)):
        with pytest.raises(ValueError, match="no consistency proof"):
            merkle.consistency_proof(earlier, HASHES[:size])
        with pytest.raises(merkle.BadProof):
            merkle.verify_consistency((earlier, size), (HASHES[0], HASHES[0]), [])
    with pytest.raises(merkle.BadProof, match="32 bytes"):
        merkle.verify_inclusion(HASHES[0], 0, 2, [b"short"], HASHES[0])
    with pytest.raises(merkle.BadProof):
        merkle.verify_consistency((3, 5), (subtree(0, 3), subtree(0, 5)), [])
