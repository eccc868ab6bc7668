"""What an office sends back: its file number, every version of its answer, and what happens when none comes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.archive import documents
from service.desk.requests import Forbidden
from service.errors import NotFound, Refused
from service.letters.answers import TEXT, acknowledge_letter, answer_letter, drop_letter, read_answer
from service.letters.commands import AcknowledgeLetter, AnswerLetter, DropLetter, Scan
from service.letters.drafts import drafts
from service.letters.events import LetterDrafted, LetterOverdue
from service.letters.evidence import evidence_of
from service.letters.overdue import say_overdue
from tests.letters.delivery.conftest import Dispatch


@pytest.fixture
def petition(dispatch: Dispatch) -> Dispatch:
    """Return a petition to an agency, which has to answer within 30 days, handed over."""
    dispatch.letter = dispatch.composes("L2")
    dispatch.approves(dispatch.letter)
    dispatch.queues()
    dispatch.works()
    return dispatch


def acknowledges(dispatch: Dispatch, day: str = "2026-03-02") -> None:
    now = dispatch.office.clock.now()
    command = AcknowledgeLetter(dispatch.letter, "2026/17", day, None, "a_olga", now)
    acknowledge_letter(command, dispatch.appeal.log, dispatch.office.desk.keys)
    dispatch.appeal.follow()


def answers(dispatch: Dispatch, words: bytes = b"We are looking into it.", outcome: Any = "interim") -> int:
    now = dispatch.office.clock.now()
    command = AnswerLetter(dispatch.letter, outcome, Scan(words, TEXT), now.date().isoformat(), "a_olga", now)
    found = answer_letter(command, dispatch.appeal.log, dispatch.office.desk.keys)
    dispatch.appeal.follow()
    return found


def test_a_file_number_is_sealed(petition: Dispatch) -> None:
    acknowledges(petition)
    assert petition.state == "acknowledged"
    with petition.appeal.database.read() as connection:
        kept = evidence_of(connection, petition.office.desk.keys, petition.letter)
    assert {one.kind: one.fields.get("number") for one in kept}["acknowledgement"] == "2026/17"
    assert b"2026/17" not in b"".join(entry.leaf for entry in petition.appeal.log.entries(0, 1000))
    with pytest.raises(Refused, match="acknowledged"):
        acknowledges(petition)
    petition.audited()


def test_every_version_of_an_answer_is_kept(petition: Dispatch) -> None:
    assert [answers(petition), answers(petition, b"No.", "refusal"), answers(petition, b"Yes.", "correction")] == [
        1,
        2,
        3,
    ]
    said = [(getattr(event, "outcome", ""), getattr(event, "version", 0)) for event in petition.events()[-3:]]
    assert said == [("interim", 1), ("refusal", 2), ("correction", 3)]
    with pytest.raises(Refused, match="entered before"):
        answers(petition, b"No.", "answer")
    petition.audited()


def test_an_answer_is_sealed_until_two_people_release_it(petition: Dispatch) -> None:
    words = b"The honoured clerk Made-up Person answers."
    version = answers(petition, words, "answer")
    document = str(getattr(petition.events()[-1], "document", ""))
    with pytest.raises(NotFound):
        petition.appeal.document(document)
    assert words not in b"".join(row["sealed"] for row in petition.evidence())
    assert document not in [finding["expected"] for finding in petition.audited()["findings"]]
    asked = petition.office.asks("olga", "answer-release", letter=petition.letter, version=version)
    assert document in "\n".join(asked.says)
    with pytest.raises(Forbidden):
        petition.office.approves("olga", asked)
    petition.office.approves("rosa", asked)
    assert petition.appeal.document(document) == documents.Document(document, TEXT, words, None, True)
    with pytest.raises(Refused, match="released before"):
        petition.office.asks("olga", "answer-release", letter=petition.letter, version=version)
    petition.audited()


def test_it_is_overdue_once_after_the_days_of_the_rule(petition: Dispatch) -> None:
    petition.office.clock.moment = datetime(2026, 3, 12, 9, tzinfo=UTC)
    acknowledges(petition, "2026-03-10")
    petition.office.clock.moment = datetime(2026, 4, 11, 20, tzinfo=UTC)
    assert say_overdue(petition.appeal.log, petition.office.clock.now()) == 0  # the last day is not over
    petition.office.clock.moment = datetime(2026, 4, 12, 0, 1, tzinfo=UTC)
    assert say_overdue(petition.appeal.log, petition.office.clock.now()) == 1
    petition.appeal.follow()
    event = petition.events()[-1]
    assert event == LetterOverdue(day="2026-04-12", letter=petition.letter, due="2026-04-11")
    assert say_overdue(petition.appeal.log, petition.office.clock.now()) == 0
    answers(petition)
    petition.waits(days=90)
    assert say_overdue(petition.appeal.log, petition.office.clock.now()) == 0
    petition.audited()


def test_a_missing_answer_raises_one_reminder_as_a_draft(petition: Dispatch) -> None:
    petition.waits(days=40)
    say_overdue(petition.appeal.log, petition.office.clock.now())
    petition.appeal.follow()
    with petition.appeal.database.read() as connection:
        (draft,) = drafts(connection, petition.appeal.log)
    assert (draft.milestone, draft.slot, draft.occasion) == ("overdue", "L2", petition.letter)
    assert isinstance(petition.appeal.log.stream(draft.letter)[0].event, LetterDrafted)
    petition.audited()
    assert petition.composes("L2", again=draft.letter) == draft.letter
    with petition.appeal.database.read() as connection:
        assert drafts(connection, petition.appeal.log) == []
    with pytest.raises(Refused, match="keeps its campaign"):
        petition.composes("L1", again=draft.letter)
    petition.audited()


def test_an_open_letter_to_a_court_is_never_overdue(dispatch: Dispatch) -> None:
    dispatch.queues()
    dispatch.works()
    dispatch.waits(days=400)
    assert say_overdue(dispatch.appeal.log, dispatch.office.clock.now()) == 0


def test_nothing_is_answered_before_it_went(dispatch: Dispatch) -> None:
    for refused in (answers, acknowledges):
        with pytest.raises(Refused, match="approved"):
            refused(dispatch)
    assert dispatch.evidence() == []


def test_it_is_dropped_where_it_did_not_go(dispatch: Dispatch) -> None:
    dispatch.queues()
    command = DropLetter(dispatch.letter, "abandoned", dispatch.office.clock.now())
    with pytest.raises(Refused, match="queued"):
        drop_letter(command, dispatch.appeal.log)
    second = dispatch.composes()
    drop_letter(DropLetter(second, "replaced", dispatch.office.clock.now()), dispatch.appeal.log)
    dispatch.appeal.follow()
    with pytest.raises(Refused, match="begin a new one"):
        dispatch.composes(again=second)
    dispatch.audited()


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"\xff"), ("a.txt", b" \n"), ("a.exe", b"MZ")])
def test_an_answer_is_a_scan_or_a_text(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused):
        read_answer(tmp_path / name)
