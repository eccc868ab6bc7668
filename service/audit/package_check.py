"""Checks a letter's package: its files, its checkpoint, and against the log the letter and every name in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from service.audit.decoding import decode
from service.audit.leaves import SignatureRecorded, SignatureRenewed
from service.audit.ledger import Ledger
from service.audit.letter_documents import LetterInput
from service.audit.letter_leaves import LetterComposed, LetterHandedOver
from service.audit.log import Log
from service.audit.merkle import BadProof, verify_consistency
from service.audit.notes import BadNote, strict_b64
from service.audit.openings import BadOpening
from service.audit.package_file import NAMES_NAME, NameOpening, NamesFile, names_commitment, read_names, wrong_files
from service.audit.policy import Policy
from service.audit.problems import Refused
from service.audit.published import read_checkpoint
from service.audit.reading import Unreadable
from service.audit.sampling import Population

FILES = "Package: every file has the hash that SHA256SUMS states"
CHECKPOINT = "Package: its checkpoint is signed, and enough witnesses cosigned it"
BEGINNING = "Package: the entries that the letter counts are the beginning of the checkpoint's log"
LETTER = "Package: the log names this letter, its text and its annex"
NAMES = "Package: each name opens an entry that the letter counts, once"
COMMITMENT = "Package: annex B is the one that the log commits to"
_SECTION = "(section 11)"


@dataclass(frozen=True)
class Package:
    """A package as read: its members, what typesetting read, and annex B if it is there."""

    members: dict[str, bytes]
    letter: LetterInput
    names: NamesFile | None


def open_package(members: dict[str, bytes]) -> Package:
    """Return what the members say. :raises Unreadable: if `letter.json` or `openings.json` is not of its form."""
    try:
        letter = msgspec.json.decode(members.get("letter.json", b""), type=LetterInput)
        names = read_names(members[NAMES_NAME]) if NAMES_NAME in members else None
    except (msgspec.MsgspecError, BadOpening) as error:
        raise Unreadable(f"This is no package of a letter: {error}") from error
    if names is not None and (names.letter, names.campaign, names.at_size) != (
        letter.letter, letter.campaign, letter.at_size,
    ):  # fmt: skip
        raise Unreadable("openings.json is of another letter than letter.json, or of another size")
    return Package(members, letter, names)


def check_alone(package: Package, policy: Policy, ledger: Ledger) -> None:
    """Notes what is wrong with a package by itself: files, checkpoint, and the proof between letter and checkpoint."""
    ledger.did(FILES, len(package.members), "files")
    for name, found, expected in wrong_files(package.members):
        ledger.error(FILES, name, found, expected, "the package is not as it was packed")
    ledger.did(CHECKPOINT, 1, "checkpoints")
    ledger.did(BEGINNING, 1, "proofs")
    try:
        signed = read_checkpoint(package.members.get("checkpoint", b""), policy.keys)
    except BadNote as error:
        ledger.error(CHECKPOINT, "checkpoint", str(error), "a checkpoint that a given key signed", _SECTION)
        return
    if not policy.is_met_by(signed.cosigners):
        found = ", ".join(sorted({name for name, _ in signed.cosigned})) or "no witness of the policy"
        ledger.error(CHECKPOINT, "checkpoint", found, f"the quorum {policy.quorum}", "too few cosigned it")
    try:
        proof = _proof(package.members.get("consistency", b""), package.letter.at_size)
        roots = strict_b64(package.letter.root), signed.root
        verify_consistency((package.letter.at_size, signed.size), roots, proof)
    except (BadProof, BadNote) as error:
        ledger.error(BEGINNING, "consistency", str(error), "a proof to the checkpoint's root", _SECTION)


def _proof(content: bytes, size: int) -> list[bytes]:
    first, *lines = content.decode("ascii", "replace").splitlines() or [""]
    if first != f"old {size}":
        raise BadNote(f"it begins with {first[:40]!r}, not with the letter's size")
    return [strict_b64(line) for line in lines]


class Heard:
    """What the entries say that a package is held against, as they come."""

    def __init__(self, package: Package) -> None:
        self.population = Population(package.letter.campaign)  # at the letter's size
        self.signed: dict[int, SignatureRecorded | SignatureRenewed] = {}
        self.letter: list[LetterComposed | LetterHandedOver] = []
        self._at_size, self._size = package.letter.at_size, 0
        self._wanted = {one.entry for one in package.names.openings} if package.names else set()
        self._marker = f'"letter":"{package.letter.letter}"'.encode()

    def feed(self, some: Sequence[bytes]) -> None:
        """Takes in the next entries."""
        self.population.feed(some[: max(0, self._at_size - self._size)])
        for index, leaf in enumerate(some, self._size):
            if index in self._wanted or self._marker in leaf:
                self._keep(index, leaf)
        self._size += len(some)

    def _keep(self, index: int, leaf: bytes) -> None:
        try:
            event = decode(leaf)
        except Refused:
            return  # an error of the replay
        if isinstance(event, SignatureRecorded | SignatureRenewed):
            self.signed[index] = event
        elif isinstance(event, LetterComposed | LetterHandedOver):
            self.letter.append(event)


def check_against(package: Package, heard: Heard, log: Log, ledger: Ledger) -> None:
    """Notes what of a package the log does not say."""
    ledger.did(LETTER, 1, "letters")
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in package.members.items()}
    composed = next(
        (one for one in heard.letter if isinstance(one, LetterComposed) and one.input == hashes.get("letter.json")),
        None,
    )
    if composed is None:
        ledger.error(LETTER, "letter.json", hashes.get("letter.json"), "named by letter.composed", "another letter")
        return
    for part, found in (("pdf", composed.pdf), ("plain", composed.plain)):
        if found not in hashes.values():
            ledger.error(LETTER, part, "no such file", found, "the log names another letter")
    if package.names is not None:
        _check_names(package.names, heard, log, ledger)
        _check_commitment(package, composed, heard, ledger)


def _check_names(names: NamesFile, heard: Heard, log: Log, ledger: Ledger) -> None:
    ledger.did(NAMES, len(names.openings), "names")
    counted = set(heard.population.entries())
    stands = log.campaigns[names.campaign].texts.stands_at(names.at_size) if names.campaign in log.campaigns else set()
    for one in names.openings:
        signed = heard.signed.get(one.entry)
        if signed is None or one.entry not in counted or signed.text not in stands:
            ledger.error(NAMES, f"entry {one.entry}", "not counted", "a signature that the letter counts", _SECTION)
        elif (found := _opened(one)) != signed.commitment:
            ledger.error(NAMES, f"entry {one.entry}", found, signed.commitment, "it opens another entry")


def _opened(one: NameOpening) -> str:
    try:
        return one.commitment()
    except BadOpening as error:
        return str(error)


def _check_commitment(package: Package, composed: LetterComposed, heard: Heard, ledger: Ledger) -> None:
    names = package.names
    assert names is not None
    said: list[LetterComposed | LetterHandedOver] = [composed]
    said += [one for one in heard.letter if isinstance(one, LetterHandedOver)]
    ledger.did(COMMITMENT, 1, "commitments")
    if len(names.openings) > min(one.named for one in said):
        expected = f"at most {min(one.named for one in said)}"
        ledger.error(COMMITMENT, "openings", len(names.openings), expected, "annex B never grows")
    try:
        found = names_commitment(names, package.members[NAMES_NAME])
    except BadOpening as error:
        found = str(error)
    if found not in {one.names for one in said if one.names is not UNSET}:
        gone = max(one.named for one in said) - len(names.openings)
        why = f"{gone} left it since the log said what it holds, or it was altered; each name was checked by itself"
        if gone > 0:
            ledger.finding("names", found, str(said[-1].names), why)
        else:
            ledger.error(COMMITMENT, "names", found, str(said[-1].names), "annex B was altered")
