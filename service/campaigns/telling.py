"""News of an appeal and what became of its matter: a file's words to the archive, its hash to the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from service.archive.documents import MARKDOWN, put
from service.campaigns.commands import PostUpdate, RecordOutcome
from service.campaigns.events import CampaignEvent
from service.campaigns.news_document import write_news
from service.campaigns.problems import Problem
from service.campaigns.schemas import NewsHead, NewsTranslationHead
from service.campaigns.text_changes import Change, decide_together
from service.campaigns.text_document import FENCE, TextDocument
from service.campaigns.text_file import TextFile, read_text_file
from service.eventlog.canonical import document_hash
from service.eventlog.log import PetitionLog

_OF_FILES = ("state", "translates")  # what an archived version does not keep
BODY_MAX = 8_000  # characters: a mail that is read, and a page that loads anywhere


def read_news(paths: Sequence[Path], languages: Sequence[str]) -> tuple[list[TextFile], list[Problem]]:
    """Return files of news, the original first and then its translations, with everything that is wrong with them.

    A translation is into one of the appeal's languages.
    """
    files: list[TextFile] = []
    problems: list[Problem] = []
    for path in paths:
        found, wrong = read_text_file(path, path.name, NewsTranslationHead() if files else NewsHead())
        if found is None:
            return [], wrong
        files.append(found)
        problems += [*wrong, *_too_much(found)]
    return files, [*problems, *_misplaced(files, languages)]


def _too_much(file: TextFile) -> Iterator[Problem]:
    if len(file.body) > BODY_MAX:
        said = f"has {len(file.body)} characters, at most {BODY_MAX} are mailed: shorten it"
        yield Problem(file.name, file.body_line, said)
    for number, line in enumerate(file.body.split("\n")):
        if line == FENCE:
            yield Problem(file.name, file.body_line + number, f"{FENCE} stands between languages: leave the line out")


def _misplaced(files: list[TextFile], languages: Sequence[str]) -> Iterator[Problem]:
    """Yield what is wrong with a translation beside its original: language, and what it says it translates."""
    seen = {files[0].fields.get("language")}
    for file in files[1:]:
        language, original = file.fields.get("language"), file.fields.get("translates")
        if language not in languages:
            said = f"language is {language}, which the appeal has not: {', '.join(languages)}"
            yield Problem(file.name, file.at.line(("language",)), said)
        elif language in seen:
            yield Problem(file.name, file.at.line(("language",)), f"a file in {language} stands before this one")
        if original != files[0].name:
            yield Problem(
                file.name, file.at.line(("translates",)), f"translates is not {files[0].name}, the first file"
            )
        seen.add(language)


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
    """Return the bytes of files as archived: with the appeal's name and what it is, so that no other has the same."""
    about = {"ref": command.ref, "kind": kind}
    original, *translations = (
        TextDocument({name: value for name, value in fields.items() if name not in _OF_FILES} | about, body)
        for fields, body in ((command.fields, command.body), *command.translations)
    )
    return write_news(original, translations)
