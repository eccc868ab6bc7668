"""A letter is approved by who asks and a reviewer who did not compose it; then its documents are public."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.desk.requests import Forbidden, RequestStale
from service.desk.two_people import Request
from service.errors import Refused
from service.eventlog.catalogue import encode
from service.letters.approval import composed_letter
from service.letters.commands import ComposeLetter
from service.letters.drafts import new_letter_id
from service.letters.events import LetterApproved, LetterCounselRecorded, LetterDrafted
from service.letters.handlers import compose_letter
from service.letters.queries import letter, letter_files
from service.letters.rests_on import words_of
from service.store.author_tables import letter_composer, text_writer
from service.store.tables import campaign, campaign_text
from tests.desk.conftest import Office
from tests.letters.conftest import BASE_URL, CAMPAIGN, Appeal


@pytest.fixture(autouse=True)
def reviewed(appeal: Appeal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody, counsel too, have read every text of the appeal and the labels."""
    monkeypatch.setattr("service.letters.slots.label_states", lambda: dict.fromkeys(("tr", "en"), "reviewed"))
    with appeal.database.write() as connection:
        connection.execute(sa.update(campaign_text).values(state="counsel"))


@pytest.fixture
def composed(office: Office, appeal: Appeal) -> str:
    """Return the id of a letter that olga composed to an office whose record two people verified."""
    verifies(office, appeal)
    appeal.signed_by("B", "C")
    return composes(office, appeal, "olga")


def composes(office: Office, appeal: Appeal, name: str, again: str = "") -> str:
    letter_id = again or read_by_counsel(appeal)
    command = ComposeLetter("istanbul-two", "L1", office.people[name].account, office.clock.now(), letter_id)
    made = compose_letter(command, appeal.log, BASE_URL, appeal.publish_tally)
    appeal.follow()
    return made


def read_by_counsel(appeal: Appeal) -> str:
    """Return the id of a draft of the letter to the court whose words counsel read."""
    with appeal.database.read() as connection:
        chosen = sa.select(campaign_text.c.language, campaign_text.c.hash).where(
            campaign_text.c.kind == "letter:court_open_letter"
        )
        words = words_of(appeal.text, dict(connection.execute(chosen).tuples().all()))
    letter_id, shared = new_letter_id(), {"day": "2026-03-02", "campaign": CAMPAIGN, "kind": "court_open_letter"}
    appeal.append(
        LetterDrafted(letter=letter_id, addressee="tr-anayasa-mahkemesi", **shared),  # type: ignore[arg-type]
        LetterCounselRecorded(day="2026-03-02", letter=letter_id, about="review", words=words, evidence="e" * 64),
    )
    return letter_id


def verifies(office: Office, appeal: Appeal) -> None:
    for each in ("tr-anayasa-mahkemesi", "tr-adalet-bakanligi"):
        with appeal.database.read() as connection:
            found = connection.execute(sa.text("SELECT hash FROM addressee WHERE id = :id"), {"id": each}).scalar()
        if found:
            office.approves("rosa", office.asks("olga", "addressee-verify", addressee=each, document=found))


def asks(office: Office, letter_id: str, by: str = "olga") -> Request:
    return office.asks(by, "letter-approve", letter=letter_id, pdf=composed_letter(office.desk.log, letter_id).pdf)


def test_it_is_approved_by_two_people_and_its_documents_become_public(
    office: Office, appeal: Appeal, composed: str
) -> None:
    made = composed_letter(appeal.log, composed)
    assert not appeal.document(made.pdf).public
    asked = asks(office, composed)
    assert made.pdf in "\n".join(asked.says)
    office.approves("rosa", asked)
    event = appeal.log.stream(composed)[-1].event
    assert event == LetterApproved(day=event.day, letter=composed, approvals=2, pdf=made.pdf)
    appeal.follow()
    with appeal.database.read() as connection:
        view = letter(connection, composed)
        assert (view.state, view.public) == ("approved", True)
        assert all(appeal.document(one.hash).public for one in letter_files(connection, view))
    assert all(appeal.document(one).public for one in (made.input, made.template, made.fonts, made.plain))


def test_who_composed_it_does_not_approve_it(office: Office, appeal: Appeal, composed: str) -> None:
    office.appoints("nora", "organizer", "reviewer")
    composes(office, appeal, "nora", again=composed)
    asked = asks(office, composed)
    with pytest.raises(Forbidden, match="own work"):
        office.approves("nora", asked)
    office.approves("rosa", asked)


def test_who_wrote_its_text_or_a_wording_or_what_that_translates_does_not_approve_it(
    office: Office, appeal: Appeal, composed: str
) -> None:
    for name in ("tessa", "theo"):
        office.appoints(name, "reviewer", "translator")
    with appeal.database.write() as connection:
        chosen = sa.select(campaign_text.c.hash).where(
            campaign_text.c.kind == "letter:court_open_letter", campaign_text.c.language == "tr"
        )
        wrote = {"tessa": connection.scalars(chosen).one(), "theo": composed_letter(appeal.log, composed).text}
        for name, hash in wrote.items():
            row = {"document": hash, "account": office.people[name].account, "day": "2026-03-02"}
            connection.execute(sa.insert(text_writer).values(row))
    asked = asks(office, composed)
    assert "written by a_" in "\n".join(asked.says)
    for name in wrote:
        with pytest.raises(Forbidden, match="own work"):
            office.approves(name, asked)
    office.approves("rosa", asked)
    assert not [line for line in appeal.log.stream(composed) if b"a_" in encode(line.event)]


def test_an_organizer_who_is_no_reviewer_does_not_approve_it(office: Office, composed: str) -> None:
    office.appoints("otto", "organizer")
    with pytest.raises(Forbidden, match="reviewer"):
        office.approves("otto", asks(office, composed))


def test_a_letter_that_was_composed_again_has_to_be_asked_for_again(
    office: Office, appeal: Appeal, composed: str
) -> None:
    asked = asks(office, composed)
    appeal.signed_by("D")
    composes(office, appeal, "olga", again=composed)
    with pytest.raises(Refused, match="composed again"):
        office.approves("rosa", asked)
    office.approves("rosa", asks(office, composed))


def test_a_fact_that_changed_makes_the_request_stale(office: Office, appeal: Appeal, composed: str) -> None:
    asked = asks(office, composed)
    with appeal.database.write() as connection:
        row = {"letter": composed, "account": "a_another", "day": "2026-03-02"}
        connection.execute(sa.insert(letter_composer).values(row))
    with pytest.raises(RequestStale, match=r"is stale: .*a_another"):
        office.approves("rosa", asked)
    office.approves("rosa", asks(office, composed))


def test_the_approver_is_told_of_the_stamp_on_an_unreviewed_translation_and_does_not_approve_it(
    office: Office, appeal: Appeal, composed: str
) -> None:
    with appeal.database.write() as connection:
        connection.execute(sa.update(campaign_text).where(campaign_text.c.language == "en").values(state="machine"))
    composes(office, appeal, "olga", again=composed)
    with pytest.raises(Refused, match=r"stamped as a draft: en \(draft\)"):
        asks(office, composed)


def test_it_is_not_approved_once_the_text_changed(office: Office, appeal: Appeal, composed: str) -> None:
    asked = asks(office, composed)
    appeal.replaces_text()
    with pytest.raises(Refused, match="text changed"):
        office.approves("rosa", asked)


def test_it_is_not_approved_for_a_withdrawn_appeal(office: Office, appeal: Appeal, composed: str) -> None:
    asked = asks(office, composed)
    with appeal.database.write() as connection:
        connection.execute(sa.update(campaign).values(state="withdrawn"))
    with pytest.raises(Refused, match="withdrawn"):
        office.approves("rosa", asked)


def test_it_is_not_approved_to_an_office_that_nobody_verified(office: Office, appeal: Appeal) -> None:
    made = composes(office, appeal, "olga")
    with pytest.raises(Refused, match="not the verified one"):
        asks(office, made)
