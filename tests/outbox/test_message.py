"""A message becomes a plain, automatic mail, and no field of it can become another header."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outbox.message import Message, MessageMalformed
from tests.outbox.conftest import a_message

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
UYGHUR = "جەزملەشتۈرۈشىڭىزنى سورايمىز\n"


def read_back(message: Message) -> EmailMessage:
    return message_from_bytes(message.as_mail(NOW).as_bytes(), policy=SMTP, _class=EmailMessage)


def test_a_mail_has_these_headers_and_no_others() -> None:
    mail = read_back(a_message(message_id="<1@petition.example>", sender_name="Ünlü Örnek", subject="Lütfen onaylayın"))
    assert dict(mail.items()) == {
        "From": "Ünlü Örnek <no-reply@petition.example>",
        "To": "a@example.org",
        "Subject": "Lütfen onaylayın",
        "Date": "Mon, 02 Mar 2026 12:00:00 +0000",
        "Message-ID": "<1@petition.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
        "MIME-Version": "1.0",
    }


@pytest.mark.parametrize(
    "body", ["plain\n", "Lütfen onaylayın: https://petition.example/confirm/" + "x" * 200 + "\n", UYGHUR]
)
def test_the_body_arrives_as_it_was_over_seven_bits(body: str) -> None:
    mail = a_message(body=body).as_mail(NOW)
    assert mail.as_bytes().isascii()
    assert max(map(len, mail.as_bytes().splitlines())) <= 78
    assert read_back(a_message(body=body)).get_content().replace("\r\n", "\n") == body


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=300).filter(str.strip))
def test_any_subject_is_written_or_refused_and_adds_no_header(subject: str) -> None:
    try:
        mail = read_back(a_message(subject=subject))
    except MessageMalformed:
        return
    assert len(mail.keys()) == 10
    assert mail["To"] == "a@example.org"


@pytest.mark.parametrize("field", ["to", "subject", "sender_name", "sender", "message_id", "language"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_no_field_can_become_another_header(field: str, end: str) -> None:
    with pytest.raises(MessageMalformed):
        a_message(**{field: f"a@example.org{end}Bcc: b@example.org"}).as_mail(NOW)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "no address",
        "a b@example.org",
        "a@example.org> SIZE=1",
        "<a@example.org>",
        "a\x00@example.org",
        "a@example.org, b@example.org",
        "a@" + "ü" * 300 + ".example",
    ],
)
def test_a_message_goes_to_one_address(to: str) -> None:
    with pytest.raises(MessageMalformed):
        a_message(to).as_mail(NOW)


def test_a_message_comes_back_from_its_record() -> None:
    message = a_message(body=UYGHUR, return_path="bounce@petition.example")
    assert Message.from_record(message.as_record()) == message
    with pytest.raises(MessageMalformed):
        Message.from_record(message.as_record() | {"extra": ""})
