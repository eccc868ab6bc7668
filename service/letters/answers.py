"""What an office sends back: its file number, and every version of its answer, sealed until two people release it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from service.archive import documents
from service.clock import day_of
from service.errors import NotFound, Refused
from service.eventlog.log import PetitionLog
from service.letters import after_approval as decide
from service.letters.approval import load_letter
from service.letters.commands import AcknowledgeLetter, AnswerLetter, DropLetter, ReleaseAnswer, Scan
from service.letters.events import LetterAnswered
from service.letters.evidence import Kept, keep_document, keep_record, open_document
from service.letters.manual import read_scan, refuse_day
from service.vault.annexes import end_annex
from service.vault.keys import Keys

TEXT = "text/plain; charset=utf-8"


def read_answer(path: Path) -> Scan:
    """Return an answer from a file: a scan, or plain text in UTF-8. :raises Refused: if it is neither."""
    if path.suffix.lower() != ".txt":
        return read_scan(path)
    content = path.read_bytes()
    try:
        is_text = "\0" not in content.decode()
    except UnicodeDecodeError:
        is_text = False
    if not is_text or not content.strip():
        raise Refused(f"{path.name} is no text in UTF-8: save it as such")
    return Scan(content, TEXT)


def acknowledge_letter(command: AcknowledgeLetter, log: PetitionLog, keys: Keys) -> None:
    """State that the office confirmed the letter; file number and scan are sealed.

    :raises Refused: if the letter did not go out, or was acknowledged or answered before.
    """
    with log.transaction() as connection:
        day = log.day(connection, command.now)
        letter = load_letter(log, command.letter)
        decide.acknowledge(letter, "", day)
        refuse_day(command.day, letter.handed_over_day, day_of(command.now))
        record = {"number": command.number, "on": command.day, "entered_by": command.actor}
        record |= command.scan.as_fields() if command.scan else {}
        evidence = keep_record(connection, keys, Kept(letter.id, "acknowledgement", day), record)
        log.append(decide.acknowledge(letter, evidence, day), letter.version + 1)


def answer_letter(command: AnswerLetter, log: PetitionLog, keys: Keys) -> int:
    """State that the office answered, and return the version; the document is sealed, its hash stands in the log.

    :raises Refused: if the letter did not go out, or this very document was entered before.
    """
    with log.transaction() as connection:
        day = log.day(connection, command.now)
        letter = load_letter(log, command.letter)
        decide.answer(letter, command.outcome, "", day)
        refuse_day(command.day, letter.handed_over_day, day_of(command.now))
        kept = Kept(letter.id, "answer", day)
        document = keep_document(connection, keys, kept, command.document)
        event = decide.answer(letter, command.outcome, document, day)
        log.append(event, letter.version + 1)
        entered = {"document": document, "on": command.day, "entered_by": command.actor}
        keep_record(connection, keys, kept, entered)
        return event.version


def drop_letter(command: DropLetter, log: PetitionLog) -> None:
    """State that the letter will not be sent; nobody fetches its names any more.

    :raises Refused: if it waits for the worker, went, or may have gone.
    """
    with log.transaction() as connection:
        day = log.day(connection, command.now)
        letter = load_letter(log, command.letter)
        log.append(decide.drop(letter, command.reason, day), letter.version + 1)
        end_annex(connection, letter.id)


def answered(log: PetitionLog, letter_id: str, version: int) -> LetterAnswered:
    """Return one version of a letter's answer. :raises NotFound: if there is none."""
    for one in log.stream(letter_id):
        if isinstance(one.event, LetterAnswered) and one.event.version == version:
            return one.event
    raise NotFound(f"the letter {letter_id} has no answer {version}")


def describe_release(command: ReleaseAnswer, log: PetitionLog, connection: sa.Connection, keys: Keys) -> list[str]:
    """Return what releasing an answer would show to everybody. :raises Refused: if it was released before."""
    event = answered(log, command.letter, command.version)
    content, media_type = open_document(connection, keys, event.document)
    if is_released(connection, event.document):
        raise Refused(f"the document {event.document} was released before")
    return [
        f"Version {event.version} of the answer to the letter {event.letter}, kind {event.outcome}, of {event.day}.",
        f"Document {event.document}, {media_type}, {len(content)} bytes.",
        "Everybody can read it from then on. Whom it names was looked at by each of two people.",
    ]


def release_answer(command: ReleaseAnswer, log: PetitionLog, connection: sa.Connection, keys: Keys) -> str:
    """Put an answer into the archive, where everybody can read it, and return its hash."""
    event = answered(log, command.letter, command.version)
    content, media_type = open_document(connection, keys, event.document)
    return documents.put(connection, content, media_type, public=True)


def is_released(connection: sa.Connection, hash: str) -> bool:
    """Return whether a document is or was in the archive."""
    try:
        documents.get(connection, hash)
    except NotFound:
        return False
    return True
