"""Post, registered e-mail, web form and by hand: what a person brings back who carried a letter to its office."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from service.clock import day_of
from service.errors import Busy, Refused
from service.eventlog.log import PetitionLog
from service.letters import after_approval as decide
from service.letters.approval import load_letter, made_of
from service.letters.commands import HandOverLetter, Scan
from service.letters.evidence import Kept, keep_record
from service.letters.links import demand_link
from service.vault.annexes import is_settled
from service.vault.keys import Keys

SCAN_MAX_BYTES = 20_000_000
STARTS = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


def read_scan(path: Path) -> Scan:
    """Return a scan from a file.

    :raises Refused: if it is larger than 20 MB, or no PDF, PNG or JPEG, which its first bytes tell and not its name.
    """
    if path.stat().st_size > SCAN_MAX_BYTES:
        raise Refused(f"{path.name} is larger than {SCAN_MAX_BYTES // 1_000_000} MB: scan it in fewer dots per inch")
    content = path.read_bytes()
    for media_type, start in STARTS.items():
        if content.startswith(start):
            return Scan(content, media_type)
    raise Refused(f"{path.name} is no PDF, PNG or JPEG: scan it as one of them")


def hand_over(command: HandOverLetter, log: PetitionLog, keys: Keys) -> None:
    """State that a person handed the letter over, with what they brought back sealed as evidence.

    :raises Refused: if it is not approved or failed, or the day is before the letter's or in the future.
    """
    with log.transaction() as connection:
        day = log.day(connection, command.now)
        letter = load_letter(log, command.letter)
        decide.hand_over(letter, command.channel, "", day)
        demand_link(connection, letter)
        if not is_settled(connection, letter.id):
            raise Busy("somebody left annex B, and it is made anew: try again in a moment")
        refuse_day(command.day, made_of(letter).day, day_of(command.now))
        record: dict[str, Any] = {"channel": command.channel, "receipt": command.receipt, "on": command.day}
        record |= {"entered_by": command.actor, **(command.scan.as_fields() if command.scan else {})}
        evidence = keep_record(connection, keys, Kept(letter.id, "handover", day), record)
        log.append(decide.hand_over(letter, command.channel, evidence, day), letter.version + 1)


def refuse_day(day: str, earliest: str, today: str) -> None:
    """Check the day on which something happened. :raises Refused: unless it lies between two others."""
    if not earliest <= day <= today:
        raise Refused(f"{day} cannot be: it is before {earliest}, or has not come yet")
