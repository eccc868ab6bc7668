"""`python -m service.audit verify SOURCE`: the published log as anybody can fetch it, checked from key to count."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from service.audit.earlier import Earlier, check_earlier, check_promise, read_earlier, shown
from service.audit.fetching import in_order
from service.audit.ledger import Ledger
from service.audit.merkle import Tree
from service.audit.notes import BadNote
from service.audit.policy import Policy, read_policy
from service.audit.published import Signed, read_checkpoint
from service.audit.reading import Unreadable
from service.audit.replay import Replay
from service.audit.report import Report
from service.audit.since import check_since
from service.audit.source_limits import DOCUMENT_MAX_BYTES
from service.audit.sources import Source, SourceFailed, source_of
from service.audit.stops import Stop
from service.audit.tiles import WIDTH, Damaged, bundle, tile, tile_path, wrong_upper_tiles
from service.audit.times import CLOCKS_DIFFER_S, STALE_S, CosignedSize, Limits, cosigned_sizes, moment

CHECKPOINT_NAME, POLICY_NAME = "checkpoint", "keys"
SIGNED = "The checkpoint is signed by the log's key"
QUORUM = "Witnesses: enough of them cosigned the checkpoint, within the last hour"
FILES = "Every entry bundle and every hash tile is there, and is what the entries give"
ROOT = "The entries give the root that is signed, and the log names origin and key"
KNOWN = "What was signed before is a prefix of what is signed now"
PROMISES = "Promises are kept"
TIME = "No entry states a day that began after witnesses saw it"
_AGREES = "what is published agrees with the signed checkpoint (sections 2 and 3)"
_PIN = "pin the log's key from a letter or another site: keys that a source shows prove nothing about it"
_QUORUM = "a checkpoint goes out with at least the policy's quorum of cosignatures (section 4)"
_STALE = "an older view than an hour is stale: the log may have grown without you (sections 4 and 8)"
_FUTURE = "a witness's clock, or yours, is wrong: no cosignature comes from the future"
_NO_WITNESS = "the policy asks for no witnesses, so nothing proves time"

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Terms:
    """What is asked beyond the log itself."""

    since: Path | None = None  # a checkpoint: look at the entries after it only
    documents: bool = False  # fetch letters and annexes, too
    stop: Stop | None = None  # replay up to here; the rest of the log is hashed, its rules are not looked at
    heard: Callable[[Sequence[bytes]], None] | None = None  # hears the entries up to there, too
    now: int = field(default_factory=lambda: int(time.time()))  # POSIX seconds


@dataclass(frozen=True)
class Outcome:
    """What an audit found, and the replayed log itself for whom the report is not enough."""

    report: Report
    replayed: Replay
    note: bytes  # the checkpoint as it was served
    policy: Policy  # whose signatures counted


def verify_log(
    name: str, policy: Path | None, told: Told, known: Sequence[Path] = (), terms: Terms | None = None
) -> Report:
    """Return the report on a published log: its checkpoint, every entry under every rule, every tile.

    `known` are checkpoints, receipts and promises from before: the log has to hold what they say. Without a policy the
    keys are those that the source itself shows, which is a finding: they prove nothing about who signed.

    :raises Unreadable: if the source, the policy or a known file cannot be read at all.
    """
    return audit(name, policy, told, known, terms).report


def audit(
    name: str, policy: Path | None, told: Told, known: Sequence[Path] = (), terms: Terms | None = None
) -> Outcome:
    """Return report and replayed log, as `verify_log` does. :raises Unreadable: as there."""
    try:
        with closing(source_of(name)) as source:
            audited = _Audit(source, _policy(source, policy), terms or Terms(), told)
            if policy is None:
                audited.ledger.finding(POLICY_NAME, "from the source itself", "--policy FILE", _PIN)
            return audited.run(known)
    except (SourceFailed, BadNote) as error:
        raise Unreadable(f"{name}: {error}") from error


class _Audit:
    def __init__(self, source: Source, policy: Policy, terms: Terms, told: Told) -> None:
        self.source, self.policy, self.terms, self.told = source, policy, terms, told
        self.ledger = Ledger()
        self.cosigned: list[CosignedSize] = []
        self.note = b""

    def run(self, known: Sequence[Path]) -> Outcome:
        note = self.source.get(CHECKPOINT_NAME)
        if note is None:
            raise SourceFailed("there is no checkpoint: nothing was published, or this is no log")
        self.note = note
        wanted = [*known, self.terms.since] if self.terms.since is not None else known
        earlier = [(path.name, read_earlier(path, self.policy.keys)) for path in wanted]
        self.ledger.did(SIGNED, 1, "checkpoints")
        try:
            signed = read_checkpoint(note, self.policy.keys)
        except BadNote as error:
            expected = "a checkpoint that a given key signed"
            self.ledger.error(SIGNED, CHECKPOINT_NAME, str(error), expected, _AGREES)
            return self._outcome(Replay().report(), Replay())
        self._check_quorum(signed)
        before = [one for _, one in earlier if isinstance(one, Signed) and one.origin == signed.origin]
        self.cosigned = cosigned_sizes([signed, *before])
        if self.terms.since is not None:
            noted = (self.ledger, Limits(self.cosigned), self.told)
            return self._outcome(check_since(self.source, signed, earlier[-1][1], noted), Replay())
        replayed = self._check_all(signed, earlier)
        return self._outcome(replayed.report(), replayed)

    def _outcome(self, own: Report, replayed: Replay) -> Outcome:
        report = msgspec.structs.replace(self.ledger.before(own), cosigned=self.cosigned)
        return Outcome(report, replayed, self.note, self.policy)

    def _check_quorum(self, signed: Signed) -> None:
        if not self.policy.has_quorum:
            self.ledger.skip(QUORUM, _NO_WITNESS)
            return
        self.ledger.did(QUORUM, len(signed.cosigned), "cosignatures")
        if not self.policy.is_met_by(signed.cosigners):
            found = ", ".join(sorted({name for name, _ in signed.cosigned})) or "no witness of the policy"
            self.ledger.error(QUORUM, CHECKPOINT_NAME, found, f"the quorum {self.policy.quorum}", _QUORUM)
        newest = max((seen for _, seen in signed.cosigned), default=None)
        if newest is not None and self.terms.now - newest > STALE_S:
            expected = f"after {moment(self.terms.now - STALE_S)}"
            self.ledger.finding(CHECKPOINT_NAME, f"last cosigned {moment(newest)}", expected, _STALE)
        if newest is not None and newest - self.terms.now > CLOCKS_DIFFER_S:
            expected = f"before {moment(self.terms.now + CLOCKS_DIFFER_S)}"
            self.ledger.finding(CHECKPOINT_NAME, f"last cosigned {moment(newest)}", expected, _FUTURE)

    def _check_all(self, signed: Signed, earlier: list[tuple[str, Earlier]]) -> Replay:
        get = self._document if self.terms.documents else None
        replayed = Replay(get, Limits(self.cosigned), keep_leaves=True)
        tree = self._feed(signed, replayed)
        if len(tree) == signed.size:
            for path in wrong_upper_tiles(self.source, tree.blocks()):
                self.ledger.error(FILES, "tile", path, "the hashes that the entries give", _AGREES)
            self._compare(signed, replayed, tree)
        else:
            self.ledger.skip(ROOT, "not all entries could be read")
        if self.cosigned:
            self.ledger.did(TIME, min(signed.size, self.cosigned[-1].size), errors=replayed.log.days_after_seen)
        else:
            self.ledger.skip(TIME, _NO_WITNESS)
        self._check_kept(signed, tree, replayed, earlier)
        return replayed

    def _document(self, document: str) -> bytes | None:
        return self.source.get(f"documents/{document}", DOCUMENT_MAX_BYTES)

    def _feed(self, signed: Signed, replayed: Replay) -> Tree:
        """Replay all entries, each bundle compared with its tile, up to a damaged one; return the tree of them."""
        count, stop = -(-signed.size // WIDTH), self.terms.stop
        whole = replayed.log.tree if stop is None else Tree(keep_leaves=True)
        self.ledger.did(FILES, 2 * count, "files")

        def fetch(index: int) -> tuple[list[bytes] | Damaged, bytes | Damaged]:
            width = min(WIDTH, signed.size - index * WIDTH)
            try:
                entries = bundle(self.source, index, width)
            except Damaged as damaged:
                return damaged, b""
            try:
                return entries, tile(self.source, 0, index, width)
            except Damaged as damaged:
                return entries, damaged

        for index, (leaves, hashes) in enumerate(in_order(fetch, range(count), self.source.workers)):
            if isinstance(leaves, Damaged):
                self.ledger.error(FILES, "tile", f"{leaves.path}: {leaves.found}", leaves.expected, _AGREES)
                break
            if stop is not None:
                whole.extend(leaves)
                taken = stop.take(leaves)
                replayed.feed(taken)
                if self.terms.heard is not None:
                    self.terms.heard(taken)
            else:
                replayed.feed(leaves)
            own = whole.hashes(index * WIDTH, index * WIDTH + len(leaves))
            if hashes != b"".join(own):
                found = str(hashes) if isinstance(hashes, Damaged) else tile_path(0, index, len(leaves))
                self.ledger.error(FILES, "tile", found, "the hashes that the entries give", _AGREES)
            self.told(len(whole), signed.size)
        return whole

    def _compare(self, signed: Signed, replayed: Replay, tree: Tree) -> None:
        self.ledger.did(ROOT, signed.size)
        log, in_use = replayed.log, replayed.log.keys_in_use("log")
        for name, found, expected in (
            ("root", shown(tree.root()), shown(signed.root)), ("origin", log.origin, signed.origin),
        ):  # fmt: skip
            if found != expected and (replayed.size or name == "root"):
                self.ledger.error(ROOT, name, found, expected, _AGREES)
        if replayed.size and self.terms.stop is None and not set(signed.signers) & set(in_use):
            expected = f"signed by a key of the log: {', '.join(in_use) or 'none'}"
            self.ledger.error(ROOT, "key", ", ".join(signed.signers), expected, "its key is the log's (section 7.1)")

    def _check_kept(self, signed: Signed, tree: Tree, replayed: Replay, earlier: list[tuple[str, Earlier]]) -> None:
        promises = [(name, one) for name, one in earlier if isinstance(one, bytes)]
        known = [(name, one) for name, one in earlier if not isinstance(one, bytes)]
        for title, number in ((KNOWN, len(known)), (PROMISES, len(promises))):
            if number:
                self.ledger.did(title, number, "files")
            else:
                self.ledger.skip(title, "none was given (--known FILE)")
        for name, before in known:
            check_earlier(self.ledger, (KNOWN, name, before), signed, tree)
        for name, promise in promises:
            clock = (self.cosigned, self.terms.now)
            check_promise(self.ledger, (PROMISES, name, promise), replayed, tree, clock)


def _policy(source: Source, policy: Path | None) -> Policy:
    if policy is not None:
        return policy_in(policy)
    found = source.get(POLICY_NAME)
    if found is None:
        raise SourceFailed("there is no file `keys`: give the log's key with --policy FILE")
    return read_policy(found)


def policy_in(path: Path) -> Policy:
    """Return the policy in a file. :raises SourceFailed: if it cannot be read. :raises BadNote: if it is malformed."""
    try:
        return read_policy(path.read_bytes())
    except OSError as error:
        raise SourceFailed(f"the policy {path} cannot be read") from error
