"""What an auditor or supporter kept from before: checkpoints, receipts and promises, held against the log of today."""

from __future__ import annotations

import base64
from pathlib import Path

from service.audit.ledger import Ledger
from service.audit.merkle import BadProof, Tree
from service.audit.notes import LARGEST_NOTE, BadNote, VerifierKey
from service.audit.promises import HEAD as PROMISE_HEAD
from service.audit.promises import read_promise
from service.audit.published import Signed, read_checkpoint
from service.audit.receipts import HEAD, read_receipt
from service.audit.replay import Replay
from service.audit.source_limits import SourceFailed, limited
from service.audit.times import CosignedSize

Earlier = Signed | bytes | str  # a checkpoint, a promise not yet read, or why there is neither
_KNOWN = "what was signed before is a prefix of what is signed now (section 8)"
_KEPT = "a promise is kept when its time has come (sections 5 and 8)"


def read_earlier(path: Path, keys: list[VerifierKey]) -> Earlier:
    """Return the checkpoint that a file is or holds, a promise as it is, or why the file does not hold.

    :raises SourceFailed: if the file cannot be read at all.
    """
    try:
        with path.open("rb") as file:
            data = limited(file.read(LARGEST_NOTE + 1), str(path), LARGEST_NOTE)
    except OSError as error:
        raise SourceFailed(f"{path} cannot be read: {error.strerror}. Give a checkpoint or a receipt.") from error
    if data.startswith(PROMISE_HEAD.encode()):
        return data
    try:
        return read_receipt(data, keys).checkpoint if data.startswith(HEAD.encode()) else read_checkpoint(data, keys)
    except (BadNote, BadProof) as error:
        return str(error)


def check_earlier(ledger: Ledger, kept: tuple[str, str, Signed | str], signed: Signed, tree: Tree) -> None:
    """Check that what a known file says is a prefix of the log; `kept` is the check, the file's name, what it says."""
    title, name, before = kept
    if isinstance(before, str):
        ledger.error(title, name, before, "a checkpoint or receipt that a given key signed", _KNOWN)
    elif before.origin != signed.origin:
        ledger.error(title, name, before.origin, signed.origin, "it is of the same log (section 8)")
    elif before.size > signed.size:
        ledger.error(title, name, f"size {signed.size} now", f"at least size {before.size}, signed before", _KNOWN)
    elif before.size <= len(tree) and tree.root_at(before.size) != before.root:
        found = f"{shown(tree.root_at(before.size))} at size {before.size}"
        ledger.error(title, name, found, f"{shown(before.root)}, signed before", _KNOWN)


def check_promise(
    ledger: Ledger, kept: tuple[str, str, bytes], replayed: Replay, tree: Tree, clock: tuple[list[CosignedSize], int]
) -> None:
    """Check a promise; `clock` is what witnesses said of the log's sizes, and the reader's own time."""
    title, name, data = kept
    try:
        promise = read_promise(data, replayed.log.origin, [held.text for held in replayed.log.keys["promise"]])
    except BadNote as error:
        ledger.error(title, name, str(error), "a promise that the log's promise key signed", _KEPT)
        return
    index = tree.find(promise.leaf_hash)
    verdict = promise.verdict(index, *clock)
    expected = f"its entry in the log by {promise.due_time()}"
    if verdict == "broken":
        found = "no such entry" if index is None else f"entry {index} was not there in time"
        ledger.error(title, name, f"broken: {found}", expected, _KEPT)
    elif verdict == "open":
        ledger.finding(name, "open: no such entry", expected, _KEPT)


def shown(value: bytes) -> str:
    """Return bytes for people: base64."""
    return base64.b64encode(value).decode()
