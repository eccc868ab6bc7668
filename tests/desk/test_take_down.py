"""A document is taken down by two people: its words go, its hash and the reason stay for everybody."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.archive import documents
from service.archive.documents import DocumentGone
from service.desk.requests import Forbidden
from service.errors import NotFound, Refused
from service.eventlog.events import LOG_STREAM, DocumentRemoved
from service.store.tables import document
from tests.desk.conftest import Office
from tests.letters.conftest import Appeal


def test_its_words_go_and_the_log_says_why(office: Office, appeal: Appeal) -> None:
    asked = office.asks("olga", "document-remove", document=appeal.text, reason="court-order")
    assert any("c_EXAMPLE123 campaign.opened" in line for line in asked.says)
    office.approves("rosa", asked)
    event = appeal.log.stream(LOG_STREAM)[-1].event
    assert event == DocumentRemoved(day=event.day, document=appeal.text, reason="court-order", approvals=2)
    with pytest.raises(DocumentGone, match="court-order"):
        appeal.document(appeal.text).bytes()
    with appeal.database.read() as connection:
        kept = connection.execute(sa.select(document.c.content).where(document.c.hash == appeal.text)).scalar_one()
    assert kept is None


def test_it_stays_down_when_the_same_words_come_again(office: Office, appeal: Appeal) -> None:
    words = appeal.document(appeal.text).bytes()
    office.approves("rosa", office.asks("olga", "document-remove", document=appeal.text, reason="rights"))
    with appeal.database.write() as connection:
        assert documents.put(connection, words, "text/plain", public=True) == appeal.text
    with pytest.raises(DocumentGone):
        appeal.document(appeal.text).bytes()


def test_it_is_taken_down_once(office: Office, appeal: Appeal) -> None:
    asked = [office.asks("olga", "document-remove", document=appeal.text, reason="person") for _ in range(2)]
    office.approves("rosa", asked[0])
    with pytest.raises(Refused, match="taken down before"):
        office.approves("rosa", asked[1])
    with pytest.raises(Refused, match="taken down before"):
        office.asks("olga", "document-remove", document=appeal.text, reason="person")


def test_what_the_log_never_named_is_not_taken_down(office: Office, appeal: Appeal) -> None:
    with appeal.database.write() as connection:
        unnamed = documents.put(connection, b"unnamed", "text/plain", public=True)
    with pytest.raises(Refused, match="no entry of the log names"):
        office.asks("olga", "document-remove", document=unnamed, reason="mistake")
    with pytest.raises(NotFound):
        office.asks("olga", "document-remove", document="0" * 64, reason="mistake")


def test_an_auditor_takes_nothing_down(office: Office, appeal: Appeal) -> None:
    office.appoints("anna", "auditor")
    with pytest.raises(Forbidden):
        office.asks("anna", "document-remove", document=appeal.text, reason="mistake")
