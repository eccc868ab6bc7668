"""Compares two views of one log, and puts a split view into a file that everybody can check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from service.audit.archive import ENDINGS
from service.audit.earlier import shown
from service.audit.merkle import BadProof, verify_consistency
from service.audit.notes import LARGEST_NOTE, BadNote, strict_b64
from service.audit.policy import Policy
from service.audit.published import Signed, read_checkpoint
from service.audit.reading import Unreadable
from service.audit.receipts import HEAD as RECEIPT_HEAD
from service.audit.receipts import read_receipt
from service.audit.sources import Source, SourceFailed, source_of
from service.audit.tiles import Damaged, Tiles

HEAD = "petition-split-view/v1"
CONSISTENT, SPLIT, UNPROVED = "consistent", "split view", "not proved"


@dataclass(frozen=True)
class View:
    """What somebody was shown of a log: a signed note, and where its tiles are, if they are at hand."""

    name: str
    note: bytes
    signed: Signed
    source: Source | None


@dataclass(frozen=True)
class Comparison:
    """What two views come to; of a split view also the root that the larger one has at the smaller's size, proved."""

    verdict: str
    views: tuple[View, View]  # the smaller first
    reason: str = ""
    other_root: bytes = b""
    proof: tuple[bytes, ...] = ()


def view_of(name: str, policy: Policy) -> View:
    """Return the view at an address, in a folder or archive, or in a file with a checkpoint or receipt.

    :raises Unreadable: if there is none, or no given key signed it.
    """
    path, source = Path(name), None
    try:
        if path.is_file() and not name.endswith(ENDINGS):
            with path.open("rb") as file:
                data = file.read(LARGEST_NOTE + 1)
            if data.startswith(RECEIPT_HEAD.encode()):
                read_receipt(data, policy.keys)
                data = data.partition(b"\n\n")[2]
        else:
            source = source_of(name)
            data = source.get("checkpoint") or b""
        return View(name, data, read_checkpoint(data, policy.keys), source)
    except (OSError, SourceFailed, BadNote, BadProof) as error:
        if source is not None:
            source.close()
        raise Unreadable(f"{name}: {error}") from error


def compare(first: View, second: View) -> Comparison:
    """Return whether one view is a prefix of the other. :raises Unreadable: if they are of different logs."""
    if first.signed.origin != second.signed.origin:
        found = f"{first.name} is of {first.signed.origin}, {second.name} of {second.signed.origin}"
        raise Unreadable(f"{found}: two different logs. Give two views of one.")
    views = (first, second) if first.signed.size <= second.signed.size else (second, first)
    small, large = views[0].signed, views[1].signed
    if small.size == large.size:
        return Comparison(CONSISTENT if small.root == large.root else SPLIT, views)
    if small.size == 0:
        return Comparison(CONSISTENT, views, "the smaller one is empty")
    if views[1].source is None:
        reason = f"{views[1].name} is a checkpoint alone: give the log or the copy that shows it, for its tiles"
        return Comparison(UNPROVED, views, reason)
    try:
        return _compare_sizes(views, Tiles(views[1].source, large.size))
    except (Damaged, SourceFailed) as error:
        return Comparison(UNPROVED, views, f"the tiles of {views[1].name} cannot be read: {error}")


def _compare_sizes(views: tuple[View, View], tiles: Tiles) -> Comparison:
    small, large = views[0].signed, views[1].signed
    sizes, proof = (small.size, large.size), tiles.consistency_proof(small.size)
    other_root = tiles.frontier(small.size).root()
    for root, verdict in ((small.root, CONSISTENT), (other_root, SPLIT)):
        try:
            verify_consistency(sizes, (root, large.root), proof)
        except BadProof:
            continue
        return Comparison(verdict, views, other_root=other_root, proof=tuple(proof))
    return Comparison(UNPROVED, views, f"the tiles of {views[1].name} do not lead to the root that it shows")


def evidence(found: Comparison) -> bytes:
    """Return a split view as one file (docs/log_format.md section 8): both notes, and their contradiction."""
    parts = [f"{HEAD}\n".encode()]
    for view in found.views:
        parts += [b"note %d\n" % len(view.note), view.note]
    if found.proof:
        small = found.views[0].signed
        parts.append(f"root {small.size} {shown(found.other_root)}\n".encode())
        parts += [f"{shown(node)}\n".encode() for node in found.proof]
    return b"".join(parts)


def read_evidence(content: bytes, policy: Policy) -> tuple[Signed, Signed]:
    """Return the two views that a file proves to contradict each other.

    :raises BadNote: if it is malformed, or they do not, or no given key signed one of them.
    """
    head, rest = content[: len(HEAD) + 1], content[len(HEAD) + 1 :]
    if head != f"{HEAD}\n".encode():
        raise BadNote(f"not a split view: it begins with {HEAD}")
    signed = []
    for _ in range(2):
        line, _, rest = rest.partition(b"\n")
        length = int(line[5:]) if line.startswith(b"note ") and line[5:].isdigit() and len(line) < 13 else -1
        if not 0 <= length <= len(rest):
            raise BadNote("the split view does not hold two notes")
        signed.append(read_checkpoint(rest[:length], policy.keys))
        rest = rest[length:]
    small, large = signed
    if small.origin != large.origin or small.size > large.size:
        raise BadNote("the two notes are of different logs, or stand in the wrong order")
    if small.size == large.size and small.root != large.root and not rest:
        return small, large
    _check_other_root(small, large, rest)
    return small, large


def _check_other_root(small: Signed, large: Signed, rest: bytes) -> None:
    lines = rest.decode("ascii", "replace").split("\n")
    words = lines[0].split(" ")
    if words[:2] != ["root", str(small.size)] or len(words) != 3 or lines[-1] or len(lines) > 130:
        raise BadNote("the two notes do not contradict each other, and no other root is proved")
    root, proof = strict_b64(words[2]), [strict_b64(line) for line in lines[1:-1]]
    if root == small.root:
        raise BadNote("the two notes do not contradict each other")
    try:
        verify_consistency((small.size, large.size), (root, large.root), proof)
    except BadProof as error:
        raise BadNote(f"the proof in the split view fails: {error}") from error
