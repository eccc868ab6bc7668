"""The confirmation mail says what it is; for a campaign at risk it says nothing that others could read out of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.outbox.queue import Message
from service.signatures.mail import WORDS, ConfirmationMail, confirmation_mail, own_page_mail

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LANGUAGES = ("en", "tr", "ug", "ar")
NEUTRAL = {"en": "Please confirm", "tr": "Lütfen onaylayın", "ug": "جەزملەشتۈرۈڭ", "ar": "يُرجى التأكيد"}
TELLING = {  # words that would tell that the mail is about a signature or an appeal
    "en": ("sign", "appeal", "petition", "campaign", "letter", "court", "refugee", "support"),
    "tr": ("imza", "çağrı", "dilekçe", "kampanya", "mektup", "mahkeme", "mülteci", "destek"),
    "ug": ("ئىمزا", "مۇراجىئەت", "پائالىيەت", "سوت", "مۇساپىر"),
    "ar": ("توقيع", "وقّع", "نداء", "عريضة", "حملة", "محكمة", "لاجئ", "تأييد"),
}


def ordinary(language: str = "en") -> ConfirmationMail:
    return ConfirmationMail(
        to="a@example.org",
        language=language,
        link=f"https://site.example/confirm/t0ken?lang={language}",
        code="01QMK9STXV",
        code_page=f"https://site.example/confirm?lang={language}",
        sender="mail@cause.example",
        sender_name="Example Cause",
        title="Keep the example safe",
        at_risk=False,
    )


def at_risk(language: str = "en") -> ConfirmationMail:
    return replace(ordinary(language), sender="post@neutral.example", at_risk=True)


def everything(message: Message) -> str:
    mail = message.as_mail(NOW)
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), mail.get_content()])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", [confirmation_mail, own_page_mail])
def test_every_mail_holds_link_code_and_how_long_they_work(
    made: Callable[[ConfirmationMail], Message], language: str
) -> None:
    for request in (ordinary(language), at_risk(language)):
        message = made(request)
        lines = message.body.split("\n")
        assert request.link in lines
        assert request.code_page in lines
        assert "01QMK 9STXV" in lines
        assert "72" in message.body
        assert message.as_mail(NOW)["Auto-Submitted"] == "auto-generated"
        assert message.as_mail(NOW)["Content-Language"] == language
        assert message.as_mail(NOW).get_content_type() == "text/plain"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_ordinary_campaign_is_named(language: str) -> None:
    message = confirmation_mail(ordinary(language))
    assert "Keep the example safe" in message.subject
    assert "Keep the example safe" in message.body.split("\n")
    assert (message.sender_name, message.sender) == ("Example Cause", "mail@cause.example")


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_risk_nothing_tells_what_it_is_about(language: str) -> None:
    request = at_risk(language)
    message = confirmation_mail(request)
    assert message.subject == NEUTRAL[language]
    text = everything(message).casefold()
    for word in ("keep the example safe", "example cause", "cause.example", *TELLING[language]):
        assert word.casefold() not in text
    assert set(re.findall(r"https://\S+", message.body)) == {request.link, request.code_page}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_own_link_is_neutral_for_everybody(language: str) -> None:
    message = own_page_mail(ordinary(language))
    assert (message.subject, message.sender_name) == (NEUTRAL[language], "")
    assert not any(
        word in everything(message).casefold().replace("mail@cause.example", "") for word in TELLING[language]
    )
    assert "Keep the example safe" not in everything(message)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_mails_at_risk_differ_in_link_code_and_id_only(language: str) -> None:
    one = confirmation_mail(at_risk(language))
    two = confirmation_mail(
        replace(at_risk(language), title="Another one", sender_name="Somebody else", code="0" * 10, link="https://l")
    )
    assert one.body.replace(at_risk(language).link, "").replace("01QMK 9STXV", "") == two.body.replace(
        "https://l", ""
    ).replace("00000 00000", "")
    assert replace(one, body="", message_id="") == replace(two, body="", message_id="")
    assert one.message_id != two.message_id


def test_unreviewed_translations_say_so() -> None:
    assert {language for language, words in WORDS.items() if not words.unreviewed} == {"en"}
    for language in ("tr", "ug", "ar"):
        assert WORDS[language].unreviewed in confirmation_mail(at_risk(language)).body


def test_the_message_id_tells_no_machine_and_no_time() -> None:
    assert re.fullmatch(r"<[0-9a-f]{32}@neutral\.example>", confirmation_mail(at_risk()).message_id)


def test_a_title_over_several_lines_becomes_one_header() -> None:
    message = confirmation_mail(replace(ordinary(), title="Keep\r\n the\n example"))
    assert message.as_mail(NOW)["Subject"] == "Please confirm your signature: Keep the example"


def test_a_language_without_words_gets_the_original() -> None:
    message = confirmation_mail(replace(at_risk(), language="fr"))
    assert (message.subject, message.language) == ("Please confirm", "en")


def test_bounces_can_have_an_address_of_their_own() -> None:
    assert confirmation_mail(replace(at_risk(), return_path="b-1@neutral.example")).return_path == "b-1@neutral.example"
