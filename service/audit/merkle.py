"""The Merkle tree of a log, its proofs and their verification (RFC 6962 section 2.1, RFC 9162 section 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

BLOCK = 256  # leaves hashed together; a power of two, so that a full block is a node of every larger tree


class BadProof(ValueError):
    """A proof does not lead from what is known to what is claimed; the text says where it fails."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hashes an entry as a leaf."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hashes two children as their parent."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Hashes a list of leaf hashes (or of equally large full subtrees, the last one any) up to their root."""
    if not hashes:
        return sha256(b"").digest()
    row = list(hashes)
    while len(row) > 1:
        # A last node without a partner moves up as it is: the same tree as splitting at the largest power of two.
        paired = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]
        row = paired + row[len(paired) * 2 :]
    return row[0]


class Tree:
    """Grows by entries and holds one hash per 256 of them; with `keep_leaves` every leaf hash."""

    def __init__(self, *, keep_leaves: bool = False) -> None:
        self._blocks: list[bytes] = []
        self._open: list[bytes] = []
        self._kept: bytearray | None = bytearray() if keep_leaves else None

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK + len(self._open)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Adds entries."""
        self._open += [sha256(b"\x00" + leaf).digest() for leaf in leaves]
        full = len(self._open) // BLOCK * BLOCK
        self._blocks += [root_of(self._open[at : at + BLOCK]) for at in range(0, full, BLOCK)]
        if self._kept is not None:
            self._kept += b"".join(self._open[:full])
        del self._open[:full]

    def root(self) -> bytes:
        """Gives the root of all entries so far."""
        return _join(self._blocks, self._open)

    def root_at(self, size: int) -> bytes:
        """Gives the root of the first `size` entries. :raises ValueError: if leaf hashes were not kept."""
        if self._kept is None or not 0 <= size <= len(self):
            kept = "kept" if self._kept is not None else "not kept"
            raise ValueError(f"cannot give the root at size {size} of {len(self)} entries, leaves {kept}")
        full, rest = divmod(size, BLOCK)
        if full == len(self._blocks):
            return _join(self._blocks, self._open[:rest])
        return _join(self._blocks[:full], self.hashes(full * BLOCK, full * BLOCK + rest))

    def hashes(self, start: int, end: int) -> list[bytes]:
        """Gives the leaf hashes of entries `start` to `end` - 1, which have to be kept or of the last open block."""
        closed, known = len(self._blocks) * BLOCK, self._kept or bytearray()
        kept = [bytes(known[at * 32 : at * 32 + 32]) for at in range(start, min(end, closed))]
        return kept + self._open[max(0, start - closed) : max(0, end - closed)]

    def blocks(self) -> list[bytes]:
        """Gives the roots of all full blocks: the hashes of tile level 1."""
        return list(self._blocks)

    def find(self, leaf: bytes) -> int | None:
        """Gives the index of the first entry of this leaf hash; leaf hashes have to be kept."""
        kept, at = self._kept or bytearray(), -1
        while (at := kept.find(leaf, at + 1)) >= 0:
            if at % 32 == 0:
                return at // 32
        return len(self._blocks) * BLOCK + self._open.index(leaf) if leaf in self._open else None


def _join(blocks: list[bytes], last: list[bytes]) -> bytes:
    return root_of([*blocks, root_of(last)] if last else blocks)


class Frontier:
    """The right edge of a tree: the roots of the full subtrees that a size consists of, largest first.

    It grows by leaf hashes without those that came before.
    """

    def __init__(self, nodes: Iterable[tuple[int, bytes]] = ()) -> None:
        self._nodes = list(nodes)  # of how many entries, and their root

    def append(self, leaf: bytes) -> None:
        """Adds the leaf hash of the next entry."""
        count, found = 1, leaf
        while self._nodes and self._nodes[-1][0] == count:
            found = node_hash(self._nodes.pop()[1], found)
            count *= 2
        self._nodes.append((count, found))

    def root(self) -> bytes:
        """Gives the root of all entries so far."""
        if not self._nodes:
            return root_of([])
        found = self._nodes[-1][1]
        for _, left in reversed(self._nodes[:-1]):
            found = node_hash(left, found)
        return found


def inclusion_proof(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """Proves that entry `index` is in the tree of these leaf hashes. :raises ValueError: if there is no such entry."""
    if not 0 <= index < len(hashes):
        raise ValueError(f"no inclusion proof of entry {index} in {len(hashes)} entries")
    low, high, ranges = 0, len(hashes), []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return [root_of(hashes[start:end]) for start, end in reversed(ranges)]


def consistency_proof(size: int, hashes: Sequence[bytes]) -> list[bytes]:
    """Proves that the first `size` leaf hashes are a prefix of all. :raises ValueError: unless 0 < size <= all."""
    if not 0 < size <= len(hashes):
        raise ValueError(f"no consistency proof from size {size} to size {len(hashes)}")
    return [root_of(hashes[start:end]) for start, end in consistency_ranges(size, len(hashes))]


def consistency_ranges(size: int, larger: int) -> list[tuple[int, int]]:
    """Gives the entries, from and to, whose roots prove that a tree is a prefix of a larger one, in proof order."""
    low, high, ranges = 0, larger, []
    while size != high:
        middle = low + _split(high - low)
        if size <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low > 0:
        ranges.append((low, high))
    return ranges[::-1]


def _split(count: int) -> int:
    # The largest power of two below the count.
    return 1 << (count - 1).bit_length() - 1


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Checks that the leaf hash stands at `index` under the root of `size` (RFC 9162 section 2.1.3.2).

    :raises BadProof: if it does not, or the proof has too few or too many hashes.
    """
    _demand_hashes([leaf, *proof, root])
    if not 0 <= index < size:
        raise BadProof(f"entry {index} cannot be in a tree of size {size}")
    node, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("the inclusion proof has too many hashes")
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise BadProof("the inclusion proof has too few hashes")
    if found != root:
        raise BadProof("the inclusion proof leads to another root")


def verify_consistency(sizes: tuple[int, int], roots: tuple[bytes, bytes], proof: Sequence[bytes]) -> None:
    """Checks that the smaller tree is a prefix of the larger one (RFC 9162 section 2.1.4.2).

    :raises BadProof: if it is not, or the proof has too few or too many hashes.
    """
    _demand_hashes([*proof, *roots])
    if not 0 < sizes[0] <= sizes[1]:
        raise BadProof(f"no consistency can be proved from size {sizes[0]} to size {sizes[1]}")
    if sizes[0] == sizes[1]:
        if proof or roots[0] != roots[1]:
            raise BadProof("equal sizes need equal roots and an empty proof")
        return
    path = list(proof)
    if sizes[0] & (sizes[0] - 1) == 0:
        path.insert(0, roots[0])
    if not path:
        raise BadProof("the consistency proof has too few hashes")
    if _walk(sizes, path) != roots:
        raise BadProof("the consistency proof leads to another root")


def _walk(sizes: tuple[int, int], path: list[bytes]) -> tuple[bytes, bytes]:
    node, last = sizes[0] - 1, sizes[1] - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise BadProof("the consistency proof has too many hashes")
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise BadProof("the consistency proof has too few hashes")
    return first, second


def _demand_hashes(values: Sequence[bytes]) -> None:
    if any(len(value) != 32 for value in values):
        raise BadProof("a hash in the proof does not have 32 bytes")
