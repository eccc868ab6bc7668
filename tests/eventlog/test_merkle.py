"""The tree hash agrees with Certificate Transparency's vectors and with a naive recomputation."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from service.eventlog.merkle import leaf_hash, node_hash, root_of

VECTORS = json.loads((Path(__file__).parent / "vectors" / "tlog.json").read_text())


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def test_it_gives_the_roots_of_the_classic_leaves() -> None:
    leaves = [bytes.fromhex(leaf) for leaf in VECTORS["ct_leaves_hex"]]
    for size, root in enumerate(VECTORS["ct_roots_hex"]):
        assert root_of(leaf_hash(leaf) for leaf in leaves[:size]).hex() == root


def test_it_agrees_with_a_naive_recomputation_at_every_size() -> None:
    leaves = [str(i).encode() for i in range(300)]
    for size in range(len(leaves)):
        assert root_of(map(leaf_hash, leaves[:size])) == naive_root(leaves[:size])
