"""Counsel's word on a letter: it lifts the stamp of a court's for the words that they read; who they are is sealed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from service.errors import NotFound, Refused
from service.letters.commands import RecordCounsel, Scan
from service.letters.counsel import record_counsel
from service.letters.events import LetterComposed, LetterCounselRecorded
from service.letters.evidence import open_evidence
from service.letters.tables import letter_evidence
from tests.desk.conftest import Office
from tests.desk.test_approve_letter import asks, reviewed, verifies  # noqa: F401
from tests.letters.conftest import Appeal

WHO = "Made-up Counsel, by letter"


def says(office: Office, letter: str, **changed: object) -> None:
    """Enter counsel's word."""
    scan = Scan(b"%PDF-1.7 a letter", "application/pdf")
    command = RecordCounsel(letter, "review", WHO, scan, office.people["olga"].account, office.clock.now())
    record_counsel(replace(command, **changed), office.desk.log, office.desk.keys)  # type: ignore[arg-type]


def test_a_letter_to_a_court_is_approved_once_counsel_read_it_and_it_was_composed_again(
    office: Office, appeal: Appeal
) -> None:
    verifies(office, appeal)
    letter = appeal.composes("L1")
    with pytest.raises(Refused, match="a court's once counsel read it"):
        asks(office, letter)
    says(office, letter)
    with pytest.raises(Refused, match="compose the letter again"):
        asks(office, letter)
    appeal.composes("L1", again=letter)
    office.approves("rosa", asks(office, letter))
    recorded = next(one.event for one in appeal.log.stream(letter) if isinstance(one.event, LetterCounselRecorded))
    with appeal.database.read() as connection:
        kept = open_evidence(connection, office.desk.keys, recorded.evidence)
        row = connection.execute(sa.select(letter_evidence)).mappings().one()
    assert (kept["counsel"], kept["about"], kept["entered_by"]) == (WHO, "review", office.people["olga"].account)
    assert WHO.encode() not in row["sealed"]
    assert not recorded.PUBLIC


def test_what_counsel_said_of_other_words_lifts_no_stamp(office: Office, appeal: Appeal) -> None:
    verifies(office, appeal)
    letter = appeal.composes("L1")
    other = LetterCounselRecorded(day="2026-03-02", letter=letter, about="review", words="f" * 64, evidence="e" * 64)
    with appeal.log.transaction():
        appeal.log.append(other, 2)
    appeal.composes("L1", again=letter)
    with pytest.raises(Refused, match="stamped as a draft"):
        asks(office, letter)


def test_it_is_refused_where_it_is_not_needed_or_what_they_read_is_not_what_goes(
    office: Office, appeal: Appeal
) -> None:
    verifies(office, appeal)
    letter = appeal.composes("L1")
    with pytest.raises(NotFound, match="no letter l_Nothing000"):
        says(office, "l_Nothing000")
    with pytest.raises(Refused, match="who counsel is"):
        says(office, letter, who=" ")
    with pytest.raises(Refused, match="not at risk"):
        says(office, letter, about="names")
    composed = appeal.composed(letter)
    petition = replace_letter(composed, "l_Petition00")
    appeal.append(petition)
    with pytest.raises(Refused, match="is a ministry_petition"):
        says(office, "l_Petition00")
    appeal.replaces_text()
    with pytest.raises(Refused, match="text changed"):
        says(office, letter)
    assert len(appeal.log.stream(letter)) == 1


def replace_letter(composed: LetterComposed, letter: str) -> LetterComposed:
    """Return the event of a petition that was composed like another letter."""
    values = {name: getattr(composed, name) for name in composed.__struct_fields__}
    return LetterComposed(**values | {"letter": letter, "kind": "ministry_petition"})
