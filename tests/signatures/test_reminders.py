"""Who did not confirm gets one reminder after a day; none at risk, and none who confirmed or said it was not them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.errors import LinkUnknown
from service.outbox.message import Message
from service.signatures.erasure import erase_pending
from service.signatures.mail import ConfirmationMail, reminder_mail
from service.signatures.pressed import pressed_by_link
from service.signatures.reminding import remind_due
from service.signatures.retention import sweep
from service.store.tables import outbox, pending
from tests.signatures.conftest import Signing


def sent(signing: Signing) -> None:
    """Let the mail server take what waits."""
    with signing.database.write() as connection:
        connection.execute(sa.delete(outbox))


def remind(signing: Signing, hours: float = 0) -> int:
    signing.clock.moment += timedelta(hours=hours)
    return remind_due(signing.desk, signing.clock.now())


def row_of(signing: Signing, link: str) -> str:
    with signing.database.read() as connection:
        return str(pressed_by_link(connection, link, signing.clock.now()).row["id"])


def test_one_reminder_goes_after_a_day_and_no_second_one(signing: Signing) -> None:
    signing.signs()
    sent(signing)
    assert remind(signing, 23.5) == 0
    assert remind(signing, 0.5) == 1
    assert (signing.mails[-1].is_reminder, signing.mails[-1].code, signing.mails[-1].to) == (
        True, "", "person0@example.org",
    )  # fmt: skip
    sent(signing)
    assert remind(signing, 1) == 0
    assert remind(signing, 40) == 0


def test_both_links_work_and_lead_to_one_signature(signing: Signing) -> None:
    first = signing.signs()
    sent(signing)
    remind(signing, 24)
    second = signing.mails[-1].link_token
    assert first != second
    assert row_of(signing, first) == row_of(signing, second)
    assert signing.confirms(second)[0] == "recorded"
    assert signing.confirms(first)[0] == "recorded"
    signing.records()
    assert signing.topics() == ["signature.recorded"]


def test_none_goes_to_who_confirmed(signing: Signing) -> None:
    signing.joins()
    assert remind(signing, 24) == 0


def test_none_goes_while_the_first_mail_still_waits(signing: Signing) -> None:
    signing.signs()
    assert remind(signing, 24) == 0


def test_none_goes_at_risk(at_risk: Signing) -> None:
    at_risk.signs()
    sent(at_risk)
    assert remind(at_risk, 24) == 0
    assert remind(at_risk, 24) == 0


def test_none_goes_for_a_text_that_was_replaced(signing: Signing) -> None:
    signing.signs()
    sent(signing)
    signing.becomes("e" * 64, "replace")
    assert remind(signing, 24) == 0
    assert [mail for mail in signing.mails if mail.is_reminder] == []


def test_it_was_not_me_behind_the_reminder_erases_the_form_at_once(signing: Signing) -> None:
    first = signing.signs()
    sent(signing)
    remind(signing, 24)
    erase_pending(signing.database, row_of(signing, signing.mails[-1].link_token), "2026-03-03")
    with signing.database.read() as connection:
        assert connection.execute(sa.select(outbox)).all() == []
    with pytest.raises(LinkUnknown):
        row_of(signing, first)
    assert remind(signing, 1) == 0


def test_form_and_reminder_are_deleted_after_72_hours(signing: Signing) -> None:
    signing.signs()
    sent(signing)
    remind(signing, 24)
    signing.clock.moment += timedelta(hours=48)
    sweep(signing.database, signing.clock.now())
    with signing.database.read() as connection:
        for table in (pending, outbox):
            assert connection.execute(sa.select(table)).all() == []


@pytest.mark.parametrize("language", ["en", "tr", "ug"])
def test_the_mail_has_the_link_and_no_code(language: str) -> None:
    request = ConfirmationMail(
        to="a@example.org", language=language, link="https://x.example/confirm/t", code="", code_page="",
        sender="b@x.example", sender_name="X", title="An appeal", at_risk=False,
    )  # fmt: skip
    mail: Message = reminder_mail(request)
    assert "An appeal" in mail.subject
    assert "https://x.example/confirm/t" in mail.body
    assert "confirm?lang" not in mail.body
