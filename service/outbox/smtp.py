"""Mail to a mail server by SMTP, over one connection as long as it lasts."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from service.outbox.delivery import Deferred, OnceTransport, Refused, Uncertain, Undelivered, Unreachable
from service.outbox.envelope import Envelope
from service.outbox.message import Message, with_a_label

TIMEOUT_S = 30  # for each answer of the server
LAST_ANSWER_S = 600  # for the one after the content, of mail that must not go twice: RFC 5321 section 4.5.3.2.6
SERVICE_CLOSING = 421  # RFC 5321 section 3.8: the connection ends, whatever was said before


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server: encryption is ``tls`` from the start, ``starttls``, or none (empty)."""

    host: str
    port: int
    encryption: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = TIMEOUT_S
    last_answer_s: float = LAST_ANSWER_S


class SmtpTransport(OnceTransport):
    """Hands messages to one mail server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def deliver(self, message: Message, now: datetime) -> None:
        """Hand a message over. A connection that the server meanwhile closed is made again, once."""
        mail = message.as_mail(now)
        envelope = Envelope(with_a_label(message.return_path or message.sender), with_a_label(message.to), mail)
        was_open = self._connection is not None
        try:
            self._send(envelope)
        except Uncertain:
            raise
        except Unreachable:
            if not was_open:
                raise
            self._send(envelope)

    def hand_over(self, envelope: Envelope, before_data: Callable[[], None]) -> str:
        """Hand a mail over on a connection of its own, and return the server's words."""
        self.close()
        connection = self._connection = _connect(self._server)

        def last_moment() -> None:
            before_data()
            if connection.sock is not None:
                connection.sock.settimeout(self._server.last_answer_s)

        try:
            return _hand_over(connection, envelope, last_moment)
        except BaseException:
            self._connection = None
            connection.close()  # without a goodbye, for which one would have to wait
            raise

    def close(self) -> None:
        """Say goodbye to the server, if it still listens."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def _send(self, envelope: Envelope) -> None:
        if self._connection is None:
            self._connection = _connect(self._server)
        try:
            _hand_over(self._connection, envelope)
        except Unreachable:
            self.close()
            raise
        except Undelivered:
            with suppress(OSError, smtplib.SMTPException):
                self._connection.rset()
            raise


def _connect(server: Server) -> smtplib.SMTP:
    where = (server.host, server.port)
    try:
        if server.encryption == "tls":
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=server.timeout_s, context=context)
        else:
            connection = smtplib.SMTP(*where, timeout=server.timeout_s)
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"the mail server cannot be reached: {type(error).__name__}") from None
    try:
        _greet(connection, server)
    except (OSError, smtplib.SMTPException) as error:
        connection.close()
        raise Unreachable(f"the mail server does not let us in: {type(error).__name__}") from None
    return connection


def _greet(connection: smtplib.SMTP, server: Server) -> None:
    connection.ehlo_or_helo_if_needed()
    if server.encryption == "starttls":
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
    if server.user:
        connection.login(server.user, server.password)


def _nothing() -> None:
    """Do nothing before the content."""


def _hand_over(connection: smtplib.SMTP, envelope: Envelope, before_data: Callable[[], None] = _nothing) -> str:
    """Speak one mail transaction and return the server's last words.

    Errors are raised ``from None`` and without the server's words, which may name the recipient or the account.

    :raises Undelivered: of the kind that says what to do next.
    """
    reports = connection.has_extn("dsn")
    try:
        _refuse_unless_smtputf8(connection, envelope)
        # it is us, not the message
        _sort_out(connection.mail(envelope.sender, envelope.sender_options(reports=reports))[0], Unreachable)
        _sort_out(connection.rcpt(envelope.recipient, envelope.recipient_options(reports=reports))[0], Refused)
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise Unreachable(f"the mail server went away: {type(error).__name__}") from None
    before_data()
    try:
        status, words = _answer_to_data(connection, envelope.content)
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise Uncertain(f"the mail server went away after the message: {type(error).__name__}") from None
    _sort_out(status, Refused)
    return words.decode("utf-8", "replace")


def _answer_to_data(connection: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    try:
        return connection.data(content)
    except smtplib.SMTPDataError as error:  # refused before the message was sent
        return error.smtp_code, b""


def _refuse_unless_smtputf8(connection: smtplib.SMTP, envelope: Envelope) -> None:
    if envelope.needs_utf8:
        if not connection.has_extn("smtputf8"):
            raise Refused("the mail server takes no addresses beyond ASCII")
        connection.command_encoding = "utf-8"


def _sort_out(status: int, permanent: type[Undelivered]) -> None:
    if 200 <= status < 300:
        return
    if status == SERVICE_CLOSING:
        raise Unreachable("the mail server closes")
    if 500 <= status < 600:
        raise permanent(f"the mail server says {status}")
    raise Deferred(f"the mail server says {status}")
