"""News of an appeal and what became of its matter: a file's words to the archive, its hash to the log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from service.archive.documents import MARKDOWN, put
from service.campaigns.commands import PostUpdate, RecordOutcome
from service.campaigns.events import CampaignEvent
from service.campaigns.problems import Problem
from service.campaigns.schemas import NewsHead
from service.campaigns.text_changes import Change, decide_together
from service.campaigns.text_document import TextDocument, write_document
from service.campaigns.text_file import TextFile, read_text_file
from service.eventlog.canonical import document_hash
from service.eventlog.log import PetitionLog

BODY_MAX = 8_000  # characters: a mail that is read, and a page that loads anywhere


def read_news(path: Path) -> tuple[TextFile | None, list[Problem]]:
    """Return a file of news with everything that is wrong with it."""
    found, problems = read_text_file(path, path.name, NewsHead())
    if found is not None and len(found.body) > BODY_MAX:
        said = f"has {len(found.body)} characters, at most {BODY_MAX} are mailed: shorten it"
        problems.append(Problem(path.name, found.body_line, said))
    return found, problems


def post_update(command: PostUpdate, log: PetitionLog) -> str:
    """Archive news of an appeal and append their event; return the hash of the document.

    :raises Refused: if the appeal was never opened, or the persons concerned had it withdrawn.
    """
    return _told(log, command, "update", lambda change, document: change.state.tell(document, change.day))


def record_outcome(command: RecordOutcome, log: PetitionLog) -> str:
    """Archive what became of the matter and append its event; a later one takes its place. As `post_update`."""
    return _told(
        log, command, command.outcome,
        lambda change, document: change.state.record_outcome(command.outcome, document, change.day),
    )  # fmt: skip


Decide = Callable[[Change, str], CampaignEvent]


def _told(log: PetitionLog, command: PostUpdate | RecordOutcome, kind: str, decide: Decide) -> str:
    content = _document(command, kind)

    def make(change: Change) -> list[CampaignEvent]:
        return [decide(change, put(change.connection, content, MARKDOWN, public=True))]

    decide_together(log, command.ref, command.now, make)
    return document_hash(content)


def _document(command: PostUpdate | RecordOutcome, kind: str) -> bytes:
    """Return the bytes of a file as archived: with the appeal's name and what it is, so that no other has the same."""
    return write_document(TextDocument(command.fields | {"ref": command.ref, "kind": kind}, command.body))
