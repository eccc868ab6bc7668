"""Looks at the entries after a known checkpoint only: cheap enough for every hour, plain about what it leaves out."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from service.audit.decoding import decode
from service.audit.earlier import Earlier, shown
from service.audit.fetching import in_order
from service.audit.leaves import Event
from service.audit.ledger import Ledger
from service.audit.log import Log
from service.audit.merkle import BadProof, Frontier, leaf_hash, verify_consistency
from service.audit.problems import Problems, Refused
from service.audit.published import Signed
from service.audit.report import Report, report_on
from service.audit.sources import Source
from service.audit.tiles import WIDTH, Damaged, Tiles, bundle, tile
from service.audit.times import CLOCKS_DIFFER_S, Limits, day_at, moment

CONSISTENT = "The known checkpoint is a prefix of the log: a consistency proof from the tiles"
NEW_FILES = "The bundles and tiles of the new entries are there and agree"
NEW_ROOT = "The new entries lead from the known root to the signed one"
NEW_READ = "Every new entry is read strictly, and states no day that began after witnesses saw it"
RULES = "Rules of section 7, counts, letters, promises and other known files"
_NOT_ALL = "not checked with --since: they need every entry; run verify without it from time to time"
_PREFIX = "what was signed before is a prefix of what is signed now (section 8)"
_AGREES = "what is published agrees with the signed checkpoint (sections 2 and 3)"

Told = Callable[[int, int], None]


def check_since(source: Source, signed: Signed, before: Earlier, noted: tuple[Ledger, Limits, Told]) -> Report:
    """Check what was added after a known checkpoint; return a report without counts, as there are none."""
    ledger, limits, told = noted
    problems = Problems()
    ledger.did(CONSISTENT, 1, "proofs")
    start = _check_prefix(source, signed, before, ledger)
    if start is not None:
        known, frontier = start
        _read_new(source, signed, (known, frontier), (ledger, limits, told), problems)
        ledger.did(NEW_READ, signed.size - known, errors=problems.error_count)
    ledger.skip(RULES, _NOT_ALL)
    of_none = report_on(Log(problems), {})
    return msgspec.structs.replace(of_none, size=signed.size, root=shown(signed.root), origin=signed.origin, checks=[])


def _check_prefix(source: Source, signed: Signed, before: Earlier, ledger: Ledger) -> tuple[int, Frontier] | None:
    if not isinstance(before, Signed):
        found = before if isinstance(before, str) else "a promise"
        ledger.error(CONSISTENT, "since", found, "a checkpoint or receipt that a given key signed", _PREFIX)
        return None
    if before.origin != signed.origin or not 0 < before.size <= signed.size:
        found = f"{signed.origin}, size {signed.size} now"
        ledger.error(CONSISTENT, "since", found, f"{before.origin}, at least size {before.size}", _PREFIX)
        return None
    tiles = Tiles(source, signed.size)
    try:
        proof = tiles.consistency_proof(before.size)
        verify_consistency((before.size, signed.size), (before.root, signed.root), proof)
        frontier = tiles.frontier(before.size)
    except (BadProof, Damaged) as error:
        ledger.error(CONSISTENT, "since", str(error), f"{shown(before.root)} at size {before.size}", _PREFIX)
        return None
    return before.size, frontier


def _read_new(
    source: Source, signed: Signed, start: tuple[int, Frontier], noted: tuple[Ledger, Limits, Told], problems: Problems
) -> None:
    (index, frontier), (ledger, limits, told) = start, noted
    numbers = range(index // WIDTH, -(-signed.size // WIDTH))
    ledger.did(NEW_FILES, 2 * len(numbers), "files")

    def fetch(number: int) -> tuple[int, list[bytes], bytes] | Damaged:
        width = min(WIDTH, signed.size - number * WIDTH)
        try:
            return number, bundle(source, number, width), tile(source, 0, number, width)
        except Damaged as damaged:
            return damaged

    for found in in_order(fetch, numbers, source.workers):
        if isinstance(found, Damaged):
            ledger.error(NEW_FILES, "tile", f"{found.path}: {found.found}", found.expected, _AGREES)
            return
        number, leaves, hashes = found
        if hashes != b"".join(leaf_hash(leaf) for leaf in leaves):
            ledger.error(NEW_FILES, "tile", f"level 0, {number}", "the hashes that the entries give", _AGREES)
        for leaf in leaves[index - number * WIDTH :]:
            frontier.append(leaf_hash(leaf))
            _read_strictly(leaf, index, limits, problems)
            index += 1
        told(index, signed.size)
    ledger.did(NEW_ROOT, signed.size - start[0])
    if frontier.root() != signed.root:
        ledger.error(NEW_ROOT, "root", shown(frontier.root()), shown(signed.root), _AGREES)


def _read_strictly(leaf: bytes, index: int, limits: Limits, problems: Problems) -> None:
    problems.begin(index, "reading")
    try:
        event = decode(leaf)
    except Refused as refused:
        problems.refuse(refused)
        return
    seen = limits.covered_by(index)
    if seen is None or not _is_signature(event) or event.day <= day_at(seen):
        return
    expected = f"at most the day of {moment(seen)}"
    if event.day > day_at(seen + CLOCKS_DIFFER_S):
        message = "a witness saw the entry more than 15 minutes before its day began (section 7.3)"
        problems.error("day", event.day, expected, message)
    else:
        problems.finding("day", event.day, expected, "a witness saw it a few minutes before its day (section 7.3)")


def _is_signature(event: Event) -> bool:
    return str(type(event).__struct_config__.tag).startswith("signature.")
