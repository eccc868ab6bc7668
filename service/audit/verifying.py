"""`python -m service.audit verify SOURCE`: the published log as anybody can fetch it, checked from key to count."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from service.audit.merkle import BadProof, root_of
from service.audit.notes import BadNote, VerifierKey
from service.audit.problems import MOST_LISTED, Problem
from service.audit.promises import HEAD as PROMISE_HEAD
from service.audit.promises import read_promise
from service.audit.published import Damaged, Signed, check_tiles, entries, leaf_hashes, read_checkpoint, read_policy
from service.audit.reading import Unreadable
from service.audit.receipts import HEAD, read_receipt
from service.audit.replay import replay
from service.audit.report import Report
from service.audit.sources import Source, SourceFailed, source_of
from service.audit.witness_quorum import check_quorum, read_quorum

CHECKPOINT_NAME, POLICY_NAME = "checkpoint", "keys"
_AGREES = "what is published agrees with the signed checkpoint (sections 2 and 3)"
_KNOWN = "what was signed before is a prefix of what is signed now (section 8)"
_KEPT = "a promise is kept when its time has come (sections 5 and 8)"
_PIN = "pin the log's key from a letter or another site: keys that a source shows prove nothing about it"


def verify_log(name: str, policy: Path | None, told: Callable[[int, int], None], known: Sequence[Path] = ()) -> Report:
    """Return the report on a published log: its checkpoint, every entry under every rule, every tile, the quorum.

    `known` are checkpoints, receipts and promises from before: the log has to hold what they say. Without a policy the
    keys are those that the source itself shows, which is a finding: they prove nothing about who signed.

    :raises Unreadable: if the source, the policy or a known file cannot be read at all.
    """
    pinned = [] if policy else [_problem("keys", "from the source itself", "--policy FILE", _PIN)]
    try:
        source = source_of(name)
        text = _policy(source, policy)
        keys, quorum = read_policy(text), read_quorum(text)
        note = _checkpoint(source)
        earlier = [(path, _read(path)) for path in known]
        try:
            signed = read_checkpoint(note, keys)
        except BadNote as error:
            refused = _problem(CHECKPOINT_NAME, str(error), "a checkpoint that a given key signed", _AGREES)
            return _with(replay([]), [refused], pinned)
        report = _verify(source, signed, told, (pinned, [(path, _earlier(data, keys)) for path, data in earlier]))
        watched = list(check_quorum(note, quorum, int(time.time())))
        return _with(report, [each for bad, each in watched if bad], [each for bad, each in watched if not bad])
    except (SourceFailed, BadNote) as error:
        raise Unreadable(f"{name}: {error}") from error


Earlier = Signed | bytes | str  # a checkpoint, a promise not yet read, or why there is neither
Given = tuple[list[Problem], list[tuple[Path, Earlier]]]


def _verify(source: Source, signed: Signed, told: Callable[[int, int], None], given: Given) -> Report:
    hashes: list[bytes] = []
    problems: list[Problem] = []
    report = replay(leaf_hashes(_whole(entries(source, signed.size, told), problems), hashes))
    problems += _compare(signed, report, root_of(hashes))
    if len(hashes) == signed.size:
        problems += [_problem("tile", path, "the entries' own hashes", _AGREES) for path in check_tiles(source, hashes)]
    findings = list(given[0])
    for path, before in given[1]:
        if isinstance(before, bytes):
            _check_promise(path, before, report, hashes, (problems, findings))
        else:
            problems += _check_known(path, before, signed, hashes)
    return _with(report, problems, findings)


def _whole(leaves: Iterator[bytes], problems: list[Problem]) -> Iterator[bytes]:
    """Yield the entries up to a damaged file, which is an error that ends them."""
    try:
        yield from leaves
    except Damaged as damaged:
        problems.append(_problem(damaged.path, damaged.found, damaged.expected, _AGREES))


def _policy(source: Source, policy: Path | None) -> str:
    if policy is not None:
        try:
            return policy.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceFailed(f"the policy {policy} cannot be read") from error
    found = source.get(POLICY_NAME)
    if found is None:
        raise SourceFailed("there is no file `keys`: give the log's key with --policy FILE")
    return found.decode("utf-8", "replace")


def _checkpoint(source: Source) -> bytes:
    note = source.get(CHECKPOINT_NAME)
    if note is None:
        raise SourceFailed("there is no checkpoint: nothing was published, or this is no log")
    return note


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceFailed(f"{path} cannot be read: {error.strerror}. Give a checkpoint or a receipt.") from error


def _earlier(data: bytes, keys: list[VerifierKey]) -> Earlier:
    """Return the checkpoint that a known file is or holds, a promise as it is, or why the file does not hold."""
    if data.startswith(PROMISE_HEAD.encode()):
        return data
    try:
        return read_receipt(data, keys).checkpoint if data.startswith(HEAD.encode()) else read_checkpoint(data, keys)
    except (BadNote, BadProof) as error:
        return str(error)


def _check_known(path: Path, before: Signed | str, signed: Signed, hashes: list[bytes]) -> Iterator[Problem]:
    if isinstance(before, str):
        yield _problem(path.name, before, "a checkpoint or receipt that a given key signed", _KNOWN)
    elif before.size > signed.size:
        yield _problem(path.name, f"size {signed.size} now", f"at least size {before.size}, signed before", _KNOWN)
    elif before.size <= len(hashes) and root_of(hashes[: before.size]) != before.root:
        found = f"{_b64(root_of(hashes[: before.size]))} at size {before.size}"
        yield _problem(path.name, found, f"{_b64(before.root)}, signed before", _KNOWN)


def _check_promise(
    path: Path, data: bytes, report: Report, hashes: list[bytes], noted: tuple[list[Problem], list[Problem]]
) -> None:
    try:
        promise = read_promise(data, report.origin, report.promise_keys)
    except BadNote as error:
        noted[0].append(_problem(path.name, str(error), "a promise that the log's promise key signed", _KEPT))
        return
    verdict = promise.verdict(hashes, int(time.time()))
    if verdict != "kept":
        expected = f"its entry in the log by {promise.due_time()}"
        noted[verdict == "open"].append(_problem(path.name, f"{verdict}: no such entry", expected, _KEPT))


def _compare(signed: Signed, report: Report, root: bytes) -> Iterator[Problem]:
    pairs = (("root", _b64(root), _b64(signed.root)), ("origin", report.origin, signed.origin))
    for field, found, expected in pairs:
        if found != expected:
            yield _problem(field, found, expected, _AGREES)
    if report.size and not set(signed.signers) & set(report.log_keys):
        in_use = f"signed by a key of the log: {', '.join(report.log_keys) or 'none'}"
        yield _problem("key", ", ".join(signed.signers), in_use, "its key is the checkpoint's (section 7.1)")


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _problem(field: str, found: str, expected: str, message: str) -> Problem:
    return Problem(index=-1, field=field, found=found, expected=expected, message=message)


def _with(report: Report, errors: list[Problem], findings: list[Problem]) -> Report:
    return msgspec.structs.replace(
        report,
        errors=[*errors, *report.errors][:MOST_LISTED],
        findings=[*findings, *report.findings][:MOST_LISTED],
        error_count=report.error_count + len(errors),
        finding_count=report.finding_count + len(findings),
    )
