"""`python -m service.audit receipt FILE`: one supporter's proof, checked offline."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec

from service.audit.command_line import Commands, add_policy, command
from service.audit.leaves import Event, SignatureRecorded, SignatureRenewed
from service.audit.merkle import BadProof
from service.audit.notes import BadNote
from service.audit.openings import LARGEST_OPENING, BadOpening, commitment_of, read_opening
from service.audit.policy import Policy, read_policy
from service.audit.printing import shown
from service.audit.reading import Unreadable
from service.audit.receipts import FILE_MAX_BYTES, event_of, read_receipt
from service.audit.report import CLEAN, ERROR, FINDINGS
from service.audit.times import CosignedSize, cosigned_sizes, moment


def add(commands: Commands) -> None:
    """Adds the command."""
    example = "receipt mine.tlog-proof --policy keys.txt --opening mine.json"
    added = command(commands, "receipt", run, "check a supporter's receipt, and what it stands for, offline", example)
    added.add_argument("file", type=Path, metavar="FILE", help="the receipt (….tlog-proof)")
    add_policy(added, required=True)
    said = "your opening: then it is checked that the entry stands for this name and address"
    added.add_argument("--opening", type=Path, metavar="FILE", help=said)
    added.add_argument("--json", action="store_true", help="print what was found as JSON")


class OpeningReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom an entry stands for, as its opening shows."""

    holds: bool
    reason: str = ""  # why it does not
    name: str = ""
    country: str = ""
    email: str = ""


class ReceiptReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a receipt, and an opening, came to."""

    holds: bool
    reason: str = ""  # why it does not
    origin: str = ""
    size: int = 0
    index: int | None = None
    entry: str = ""
    is_known: bool = True  # the entry is an event that this version knows
    cosigned: list[CosignedSize] = []
    opening: OpeningReport | None = None  # if one was given

    @property
    def exit_code(self) -> int:
        """The exit code that says the same: errors before findings."""
        if not self.holds or (self.opening is not None and not self.opening.holds):
            return ERROR
        return CLEAN if self.is_known else FINDINGS


def run(options: argparse.Namespace) -> int:
    """Checks that an entry is in a log that was signed, and with an opening whom the entry stands for."""
    try:
        policy = read_policy(options.policy.read_bytes())
    except (OSError, BadNote) as error:
        raise Unreadable(f"Cannot read {options.policy}: {error}") from error
    opening = None if options.opening is None else _read(options.opening, LARGEST_OPENING)
    found = _checked(_read(options.file, FILE_MAX_BYTES), opening, policy)
    print(msgspec.json.encode(found, order="sorted").decode() if options.json else "\n".join(_lines(found)))
    return found.exit_code


def _checked(content: bytes, opening: bytes | None, policy: Policy) -> ReceiptReport:
    try:
        receipt = read_receipt(content, policy.keys)
    except (BadNote, BadProof) as error:
        return ReceiptReport(holds=False, reason=str(error))
    place = receipt.checkpoint
    if not policy.is_met_by(place.cosigners):
        reason = f"its checkpoint lacks the cosignatures of the quorum {policy.quorum}"
        return ReceiptReport(holds=False, reason=reason)
    event = event_of(receipt)
    return ReceiptReport(
        holds=True, origin=place.origin, size=place.size, index=receipt.index,
        entry=receipt.leaf.decode("ascii", "replace"), is_known=event is not None, cosigned=cosigned_sizes([place]),
        opening=None if opening is None else _opened(event, opening),
    )  # fmt: skip


def _opened(event: Event | None, content: bytes) -> OpeningReport:
    if not isinstance(event, SignatureRecorded | SignatureRenewed):
        return OpeningReport(holds=False, reason="this entry carries no commitment")
    try:
        opening = read_opening(content)
    except BadOpening as error:
        return OpeningReport(holds=False, reason=str(error))
    if commitment_of(opening) != event.commitment:
        reason = f"it opens {commitment_of(opening)}, the entry has {event.commitment}"
        return OpeningReport(holds=False, reason=reason)
    country = opening.person.country if isinstance(opening.person.country, str) else ""
    return OpeningReport(holds=True, name=opening.person.name, country=country, email=opening.contact.email)


def _lines(found: ReceiptReport) -> Iterator[str]:
    if not found.holds:
        yield f"the receipt does not hold: {found.reason}"
        return
    yield f"the receipt holds: entry {found.index} is in the log {found.origin} of size {found.size}"
    yield f"    {shown(found.entry)}"
    for seen in found.cosigned:
        yield f"    it was there before {moment(seen.first)}, says {', '.join(seen.witnesses)}"
    if not found.cosigned:
        yield "    no witness of your policy cosigned it: since when it was there is the log's word alone"
    if not found.is_known:
        yield "    which is no event that this version knows"
    opening = found.opening
    if opening is not None and not opening.holds:
        yield f"the opening does not hold: {opening.reason}"
    elif opening is not None:
        country = opening.country or "no country given"
        yield f"the opening holds: the entry stands for {shown(opening.name)}, {country}, {shown(opening.email)}"


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise Unreadable(
            f"Cannot read {path}: {error.strerror}. Give a receipt or an opening as it was saved."
        ) from error
