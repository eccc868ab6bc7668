"""The auditor's tree agrees with the vectors and with a naive recomputation, proofs included."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from service.audit import merkle

VECTORS = json.loads((Path(__file__).parent / "vectors" / "tlog.json").read_text())
LEAVES = [str(n).encode() for n in range(260)]
SIZES = [*range(1, 70), 127, 128, 129, 255, 256, 257]


def naive(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + naive(leaves[:k]) + naive(leaves[k:])).digest()


def test_the_classic_roots() -> None:
    leaves = [bytes.fromhex(leaf) for leaf in VECTORS["ct_leaves_hex"]]
    for size, root in enumerate(VECTORS["ct_roots_hex"]):
        assert merkle.root_of([merkle.leaf_hash(leaf) for leaf in leaves[:size]]).hex() == root


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_is_proved_and_no_other(size: int) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]
    root = naive(LEAVES[:size])
    for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        proof = merkle.inclusion_proof(index, hashes)
        merkle.verify_inclusion(hashes[index], index, size, proof, root)
        lies = [(merkle.leaf_hash(b"other"), index, proof), (hashes[index], index, [*proof, root])]
        lies += [(hashes[index], index, proof[:-1])] if proof else []
        for hashed, place, path in lies:
            with pytest.raises(merkle.BadProof):
                merkle.verify_inclusion(hashed, place, size, path, root)


@pytest.mark.parametrize("size", SIZES)
def test_every_earlier_tree_is_proved_a_prefix(size: int) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]
    roots = {earlier: naive(LEAVES[:earlier]) for earlier in {1, 2, size // 2, size - 1, size} if 0 < earlier <= size}
    for earlier, root in roots.items():
        proof = merkle.consistency_proof(earlier, hashes)
        merkle.verify_consistency((earlier, size), (root, roots[size]), proof)
        if earlier < size:
            with pytest.raises(merkle.BadProof):
                merkle.verify_consistency((earlier, size), (naive([b"other"] * earlier), roots[size]), proof)
