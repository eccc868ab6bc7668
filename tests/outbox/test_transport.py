"""The ways out for mail: what an address in the settings means, and how a real mail server is spoken to."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from service.errors import ConfigError
from service.outbox.delivery import Deferred, Refused, Uncertain, Unreachable
from service.outbox.message import MessageMalformed
from service.outbox.smtp import Server, SmtpTransport
from service.outbox.transport import transport_for
from tests.outbox.conftest import Mailbox, MailServer, a_message

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def way_to(server: MailServer, **changes: Any) -> SmtpTransport:
    return SmtpTransport(replace(Server("127.0.0.1", server.bound_port), **changes))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", Server("mail.example", 25)),
        ("smtp://mail.example:2525/", Server("mail.example", 2525)),
        ("smtp://mail.example?starttls=1", Server("mail.example", 587, "starttls")),
        ("smtp://mail.example?starttls=0", Server("mail.example", 25)),
        ("smtps://me%40here:p%2Fw@mail.example", Server("mail.example", 465, "tls", "me@here", "p/w")),
        ("smtp://me:pw@localhost:25", Server("localhost", 25, "", "me", "pw")),
        ("smtp://me:pw@[::1]:25", Server("::1", 25, "", "me", "pw")),
    ],
)
def test_an_address_of_a_mail_server_is_read(url: str, expected: Server) -> None:
    transport = transport_for(url)
    assert isinstance(transport, SmtpTransport)
    assert transport._server == expected


@pytest.mark.parametrize(
    "url",
    [
        "", "mail.example:25", "http://mail.example", "smtp://", "smtp:///path", "smtp://mail.example/path", "smtp://mail.example:x",
        "smtp://mail.example:99999", "smtp://mail.example?tls=1", "smtp://mail.example?starttls=yes", "smtps://mail.example?starttls=1",
        "folder://var/mail", "folder:var/mail", "folder:///", "smtp://me:secret-word@mail.example",
        "smtp://me:secret-word@mail.example:port", "smtps://me:secret-word@mail.example/path",
    ],
)  # fmt: skip
def test_another_address_is_refused_and_no_password_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="SMTP_URL") as refused:
        transport_for(url)
    assert "secret-word" not in str(refused.value)


def test_a_password_does_not_show_in_a_servers_description() -> None:
    assert "secret-word" not in repr(Server("mail.example", 465, "tls", "me", "secret-word"))


def test_a_server_takes_what_it_is_given(server: MailServer, mailbox: Mailbox) -> None:
    transport = way_to(server)
    transport.deliver(a_message(body=".a line with a dot\n..\n\nlast\n"), NOW)
    transport.deliver(a_message("b@example.org", return_path="bounce-7@petition.example"), NOW)
    transport.close()
    assert mailbox.recipients == ["a@example.org", "b@example.org"]
    assert mailbox.senders == ["no-reply@petition.example", "bounce-7@petition.example"]
    assert mailbox.taken[0][1].get_content().replace("\r\n", "\n") == ".a line with a dot\n..\n\nlast\n"
    assert mailbox.connections == 1


@pytest.mark.parametrize("step", ["rcpt", "data"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [("450 later", Deferred), ("452 full", Deferred), ("550 never", Refused), ("421 closing", Unreachable)],
)
def test_a_refusal_is_sorted_out_and_the_servers_words_are_not_repeated(
    server: MailServer, mailbox: Mailbox, step: str, answer: str, error: type[Exception]
) -> None:
    mailbox.says[step] = f"{answer} for a@example.org"
    transport = way_to(server)
    with pytest.raises(error) as refused:
        transport.deliver(a_message(), NOW)
    assert type(refused.value) is error
    assert "example.org" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    mailbox.says.clear()
    transport.deliver(a_message("b@example.org"), NOW)  # goes on over the same or a new connection
    transport.close()
    assert mailbox.recipients == ["b@example.org"]


@pytest.mark.parametrize(("answer", "error"), [("550 not you", Unreachable), ("450 not now", Deferred)])
def test_a_refused_sender_is_our_own_fault(
    server: MailServer, mailbox: Mailbox, answer: str, error: type[Exception]
) -> None:
    mailbox.says["mail"] = answer
    transport = way_to(server)
    with pytest.raises(error):
        transport.deliver(a_message(), NOW)
    transport.close()


def test_hanging_up_before_the_message_is_tried_once_more_on_a_new_connection(
    server: MailServer, mailbox: Mailbox
) -> None:
    transport = way_to(server)
    transport.deliver(a_message(), NOW)
    mailbox.hangs_up = "rcpt"
    with pytest.raises(Unreachable):
        transport.deliver(a_message("b@example.org"), NOW)
    assert mailbox.connections == 2
    mailbox.hangs_up = ""
    transport.deliver(a_message("c@example.org"), NOW)
    transport.close()
    assert mailbox.recipients == ["a@example.org", "c@example.org"]


def test_hanging_up_with_the_message_is_uncertain(server: MailServer, mailbox: Mailbox) -> None:
    transport = way_to(server)
    transport.deliver(a_message(), NOW)
    mailbox.hangs_up = "data"
    with pytest.raises(Uncertain):
        transport.deliver(a_message("b@example.org"), NOW)
    assert mailbox.recipients == ["a@example.org", "b@example.org"]  # not repeated on the spot


def test_a_server_that_is_down_or_unknown_is_unreachable(server: MailServer) -> None:
    transport = way_to(server)
    server.stop()
    with pytest.raises(Unreachable):
        transport.deliver(a_message(), NOW)
    with pytest.raises(Unreachable):
        SmtpTransport(Server("no-such-host.invalid", 25)).deliver(a_message(), NOW)


def test_a_silent_server_is_left_after_the_time_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = SmtpTransport(Server("127.0.0.1", silent.getsockname()[1], timeout_s=0.2))
        with pytest.raises(Unreachable):
            transport.deliver(a_message(), NOW)


def test_a_server_that_is_no_mail_server_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        thread = threading.Thread(target=_answer, args=(other, b"HTTP/1.1 400 Bad Request\r\n\r\n"))
        thread.start()
        with pytest.raises(Unreachable):
            SmtpTransport(Server("127.0.0.1", other.getsockname()[1], timeout_s=5)).deliver(a_message(), NOW)
        thread.join()


def test_mail_travels_encrypted_when_asked(
    start_server: Callable[..., MailServer], mailbox: Mailbox, server_context: ssl.SSLContext
) -> None:
    whole = start_server(mailbox, ssl_context=server_context)
    upgraded = start_server(mailbox, tls_context=server_context, require_starttls=True)
    for server, encryption in ((whole, "tls"), (upgraded, "starttls")):
        transport = way_to(server, host="localhost", encryption=encryption)
        transport.deliver(a_message(f"{encryption}@example.org"), NOW)
        transport.close()
    assert mailbox.recipients == ["tls@example.org", "starttls@example.org"]


def test_a_certificate_for_another_name_is_refused(
    start_server: Callable[..., MailServer], mailbox: Mailbox, server_context: ssl.SSLContext
) -> None:
    upgraded = start_server(mailbox, tls_context=server_context)
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        way_to(upgraded, encryption="starttls").deliver(a_message(), NOW)


def test_mail_never_falls_back_to_no_encryption(server: MailServer, mailbox: Mailbox) -> None:
    with pytest.raises(Unreachable, match="SMTPNotSupportedError"):
        way_to(server, encryption="starttls").deliver(a_message(), NOW)
    assert mailbox.taken == []


def test_it_logs_in_and_a_wrong_password_kills_no_mail(
    start_server: Callable[..., MailServer], mailbox: Mailbox
) -> None:
    logins = []

    def check(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        logins.append((login.login, login.password))
        return AuthResult(success=logins[-1] == (b"me", b"pass word"), handled=False)

    server = start_server(mailbox, authenticator=check, auth_require_tls=False, auth_exclude_mechanism=["LOGIN"])
    transport = way_to(server, user="me", password="pass word")
    transport.deliver(a_message(), NOW)
    transport.close()
    assert (logins, len(mailbox.taken)) == ([(b"me", b"pass word")], 1)
    with pytest.raises(Unreachable, match="SMTPAuthenticationError"):
        way_to(server, user="me", password="wrong").deliver(a_message(), NOW)


def test_addresses_beyond_ascii_are_written_as_typed(server: MailServer, mailbox: Mailbox) -> None:
    transport = way_to(server)
    transport.deliver(a_message("jürgen@Bücher.example"), NOW)
    transport.deliver(a_message("anna@bücher.example"), NOW)
    transport.close()
    assert mailbox.recipients == ["jürgen@xn--bcher-kva.example", "anna@xn--bcher-kva.example"]


def test_a_server_without_utf8_refuses_such_an_address_and_takes_the_next(
    start_server: Callable[..., MailServer], mailbox: Mailbox
) -> None:
    transport = way_to(start_server(mailbox, enable_SMTPUTF8=False))
    with pytest.raises(Refused):
        transport.deliver(a_message("jürgen@example.org"), NOW)
    transport.deliver(a_message("anna@bücher.example"), NOW)
    transport.close()
    assert mailbox.recipients == ["anna@xn--bcher-kva.example"]


def test_a_folder_gets_one_file_a_message_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "mail box"
    transport = transport_for(f"folder://{tmp_path}/var/mail%20box")
    message = a_message()
    for sent in (message, message, a_message("b@example.org")):  # the first one twice, as after a crash
        transport.deliver(sent, NOW)
    assert len(list(folder.iterdir())) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    mails = [message_from_bytes(path.read_bytes(), policy=SMTP) for path in folder.glob("*.eml")]
    assert sorted(str(mail["To"]) for mail in mails) == ["a@example.org", "b@example.org"]


def test_a_folder_that_cannot_be_written_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable):
        transport_for(f"folder://{tmp_path}/file").deliver(a_message(), NOW)


@pytest.mark.parametrize("field", ["to", "sender", "return_path"])
def test_a_malformed_message_reaches_no_server(server: MailServer, mailbox: Mailbox, field: str) -> None:
    with pytest.raises(MessageMalformed):
        way_to(server).deliver(a_message(**{field: "a@example.org>\r\nRCPT TO:<b@example.org"}), NOW)
    assert mailbox.connections == 0


def _answer(listening: socket.socket, words: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.sendall(words)
