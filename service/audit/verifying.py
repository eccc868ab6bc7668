"""`python -m service.audit verify SOURCE`: the published log as anybody can fetch it, checked from key to count."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

from service.audit.merkle import root_of
from service.audit.notes import BadNote, VerifierKey
from service.audit.problems import MOST_LISTED, Problem
from service.audit.published import Signed, check_tiles, entries, leaf_hashes, read_checkpoint, read_policy
from service.audit.reading import Unreadable
from service.audit.replay import replay
from service.audit.report import Report
from service.audit.sources import Source, SourceFailed, source_of

CHECKPOINT_NAME, POLICY_NAME = "checkpoint", "keys"


def verify_log(name: str, policy: Path | None, told: Callable[[int, int], None]) -> Report:
    """Return the report on a published log: its checkpoint, every entry under every rule, every tile.

    Without a policy the keys are those that the source itself shows, which is a finding: they prove nothing about who
    signed.

    :raises Unreadable: if the source cannot be read at all.
    """
    try:
        source = source_of(name)
        problems: list[Problem] = []
        signed = _checkpoint(source, _keys(source, policy))
        hashes: list[bytes] = []
        report = replay(leaf_hashes(entries(source, signed.size, told), hashes))
        problems += _compare(signed, report, root_of(hashes))
        problems += [_problem("tile", path, "the entries' own hashes") for path in check_tiles(source, hashes)]
    except (SourceFailed, BadNote) as error:
        raise Unreadable(f"{name}: {error}") from error
    return _with(report, problems, [] if policy else [_problem("keys", "from the source itself", "--policy FILE")])


def _keys(source: Source, policy: Path | None) -> list[VerifierKey]:
    if policy is not None:
        try:
            return read_policy(policy.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise SourceFailed(f"the policy {policy} cannot be read") from error
    found = source.get(POLICY_NAME)
    if found is None:
        raise SourceFailed("there is no file `keys`: give the log's key with --policy FILE")
    return read_policy(found.decode("utf-8", "replace"))


def _checkpoint(source: Source, keys: list[VerifierKey]) -> Signed:
    note = source.get(CHECKPOINT_NAME)
    if note is None:
        raise SourceFailed("there is no checkpoint: nothing was published, or this is no log")
    return read_checkpoint(note, keys)


def _compare(signed: Signed, report: Report, root: bytes) -> list[Problem]:
    pairs = (
        ("root", base64.b64encode(root).decode(), base64.b64encode(signed.root).decode()),
        ("origin", report.origin, signed.origin),
    )
    return [_problem(field, found, expected) for field, found, expected in pairs if found != expected]


def _problem(field: str, found: str, expected: str) -> Problem:
    message = "what is published agrees with the signed checkpoint (sections 2 and 3)"
    if field == "keys":
        message = "pin the log's key from a letter or another site: keys that a source shows prove nothing about it"
    return Problem(index=-1, field=field, found=found, expected=expected, message=message)


def _with(report: Report, errors: list[Problem], findings: list[Problem]) -> Report:
    report.errors.extend(errors[: MOST_LISTED - len(report.errors)])
    report.findings.extend(findings)
    return type(report)(
        **{name: getattr(report, name) for name in report.__struct_fields__ if not name.endswith("_count")},
        error_count=report.error_count + len(errors),
        finding_count=report.finding_count + len(findings),
    )
