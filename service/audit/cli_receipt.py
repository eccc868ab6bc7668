"""`python -m service.audit receipt FILE`: one supporter's proof, checked offline."""

from __future__ import annotations

import argparse
from pathlib import Path

from service.audit.command_line import Commands, add_policy, command
from service.audit.leaves import SignatureRecorded, SignatureRenewed
from service.audit.merkle import BadProof
from service.audit.notes import BadNote
from service.audit.openings import LARGEST_OPENING, BadOpening, commitment_of, read_opening
from service.audit.policy import read_policy
from service.audit.printing import shown
from service.audit.reading import Unreadable
from service.audit.receipts import FILE_MAX_BYTES, Receipt, event_of, read_receipt
from service.audit.report import CLEAN, ERROR, FINDINGS
from service.audit.times import cosigned_sizes, moment


def add(commands: Commands) -> None:
    """Adds the command."""
    example = "receipt mine.tlog-proof --policy keys.txt --opening mine.json"
    added = command(commands, "receipt", run, "check a supporter's receipt, and what it stands for, offline", example)
    added.add_argument("file", type=Path, metavar="FILE", help="the receipt (….tlog-proof)")
    add_policy(added, required=True)
    said = "your opening: then it is checked that the entry stands for this name and address"
    added.add_argument("--opening", type=Path, metavar="FILE", help=said)


def run(options: argparse.Namespace) -> int:
    """Checks that an entry is in a log that was signed, and with an opening whom the entry stands for."""
    try:
        policy = read_policy(options.policy.read_bytes())
    except (OSError, BadNote) as error:
        raise Unreadable(f"Cannot read {options.policy}: {error}") from error
    content = _read(options.file, FILE_MAX_BYTES)
    try:
        receipt = read_receipt(content, policy.keys)
    except (BadNote, BadProof) as error:
        print(f"the receipt does not hold: {error}")
        return ERROR
    if not policy.is_met_by(receipt.checkpoint.cosigners):
        print(f"the receipt does not hold: its checkpoint lacks the cosignatures of the quorum {policy.quorum}")
        return ERROR
    _print_receipt(receipt)
    code = CLEAN if event_of(receipt) is not None else FINDINGS
    if code == FINDINGS:
        print("    which is no event that this version knows")
    if options.opening is not None:
        return _check_opening(receipt, _read(options.opening, LARGEST_OPENING)) or code
    return code


def _print_receipt(receipt: Receipt) -> None:
    place = receipt.checkpoint
    print(f"the receipt holds: entry {receipt.index} is in the log {place.origin} of size {place.size}")
    print(f"    {shown(receipt.leaf.decode('ascii', 'replace'))}")
    for seen in cosigned_sizes([place]):
        print(f"    it was there before {moment(seen.first)}, says {', '.join(seen.witnesses)}")
    if not place.cosigned:
        print("    no witness of your policy cosigned it: since when it was there is the log's word alone")


def _check_opening(receipt: Receipt, content: bytes) -> int:
    event = event_of(receipt)
    if not isinstance(event, SignatureRecorded | SignatureRenewed):
        print("the opening does not hold: this entry carries no commitment")
        return ERROR
    try:
        opening = read_opening(content)
    except BadOpening as error:
        print(f"the opening does not hold: {error}")
        return ERROR
    if commitment_of(opening) != event.commitment:
        print(f"the opening does not hold: it opens {commitment_of(opening)}, the entry has {event.commitment}")
        return ERROR
    person = opening.person
    country = f", {person.country}" if isinstance(person.country, str) else ", no country given"
    print(f"the opening holds: the entry stands for {shown(person.name)}{country}, {shown(opening.contact.email)}")
    return CLEAN


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise Unreadable(
            f"Cannot read {path}: {error.strerror}. Give a receipt or an opening as it was saved."
        ) from error
