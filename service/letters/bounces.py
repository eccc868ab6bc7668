"""Takes delivery reports out of a Maildir: each says of one letter that it arrived or came back, or says nothing to us.

A report is believed if it names the token of a message that we sent, which nobody but the servers on its way knows.
Everything else is counted and left for people to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from service.errors import Refused
from service.eventlog.log import PetitionLog
from service.letters import after_approval as decide
from service.letters.aggregate import Letter
from service.letters.approval import load_letter
from service.letters.evidence import Kept, keep_record
from service.letters.reports import Report, read_report
from service.letters.tables import letter_delivery as delivery
from service.letters.tables import report_count
from service.vault.keys import Keys

AT_ONCE = 50  # mails read in one pass
REPORT_MAX_BYTES = 10_000_000  # a larger mail is no report
FOR_PEOPLE = ("foreign", "unreadable")  # left unread in the Maildir
Fate = Literal["accepted", "bounced", "delayed", "uncertain", "late", "repeated", "foreign", "unreadable"]

log_line = structlog.get_logger()


@dataclass(frozen=True)
class Mailroom:
    """What reading reports needs."""

    log: PetitionLog
    keys: Keys
    maildir: Path


def read_reports(mailroom: Mailroom, now: datetime) -> int:
    """Read what is new in the Maildir and return how much it was.

    A mail is moved to ``cur`` after its transaction; if that does not happen it is read again and found to be repeated.
    """
    new = mailroom.maildir / "new"
    found = sorted(path for path in new.iterdir() if path.is_file())[:AT_ONCE] if new.is_dir() else []
    for path in found:
        fate = _read(mailroom, path, now)
        log_line.info(f"letter_report_{fate}")
        flags = "" if fate in FOR_PEOPLE else "S"
        (mailroom.maildir / "cur").mkdir(mode=0o700, exist_ok=True)
        path.rename(mailroom.maildir / "cur" / f"{path.name.partition(':')[0]}:2,{flags}")
    return len(found)


def _read(mailroom: Mailroom, path: Path, now: datetime) -> Fate:
    report = _report(path)
    with mailroom.log.transaction() as connection:
        day = mailroom.log.day(connection, now)
        fate: Fate = report if isinstance(report, str) else _believe(mailroom, connection, report, day)
        _count(connection, fate, day)
    return fate


def _report(path: Path) -> Report | Literal["foreign", "unreadable"]:
    if path.stat().st_size > REPORT_MAX_BYTES:
        return "unreadable"
    try:
        return read_report(path.read_bytes()) or "foreign"
    except (ValueError, LookupError, TypeError, AttributeError):  # how the parser answers hostile mail
        return "unreadable"


def _believe(mailroom: Mailroom, connection: sa.Connection, report: Report, day: str) -> Fate:
    chosen = sa.select(delivery.c.letter, delivery.c.approval).where(delivery.c.token.in_(report.tokens))
    rows = connection.execute(chosen.where(delivery.c.went_at > 0)).all()
    if len(rows) != 1:  # none of ours, or one that mixes several
        return "foreign"
    letter = load_letter(mailroom.log, rows[0].letter)
    if letter.approval != rows[0].approval:
        return "late"
    if report.verdict == "delayed":
        return "delayed"
    return _state(mailroom, connection, letter, (report, day))


def _state(mailroom: Mailroom, connection: sa.Connection, letter: Letter, told: tuple[Report, str]) -> Fate:
    """Append what the report says if it is news; of an uncertain letter it is kept for the two who resolve it."""
    report, day = told
    record = {"verdict": report.verdict, "status": report.status, "report": report.described}
    decision = decide.accept if report.verdict == "accepted" else decide.bounce
    if letter.state != "uncertain":
        try:
            decision(letter, "", day)
        except Refused:
            return "repeated"
    evidence = keep_record(connection, mailroom.keys, Kept(letter.id, "report", day), record)
    if letter.state == "uncertain":
        return "uncertain"
    mailroom.log.append(decision(letter, evidence, day), letter.version + 1)
    return "accepted" if report.verdict == "accepted" else "bounced"


def _count(connection: sa.Connection, fate: Fate, day: str) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(report_count).values(outcome=fate, day=day, number=1)
    more = {"number": report_count.c.number + 1}
    connection.execute(row.on_conflict_do_update(index_elements=["outcome", "day"], set_=more))
