"""Mail to a mail server by SMTP, over one connection as long as it lasts."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from service.outbox.delivery import Deferred, Refused, Transport, Uncertain, Undelivered, Unreachable
from service.outbox.message import Message, with_a_label

TIMEOUT_S = 30  # for each answer of the server
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


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail with the two addresses that are told to the server."""

    sender: str
    recipient: str
    mail: EmailMessage

    @property
    def needs_utf8(self) -> bool:
        """Return whether a local part is beyond ASCII (RFC 6531); domains never are."""
        return not (self.sender + self.recipient).isascii()

    @property
    def options(self) -> list[str]:
        """Return the options of the command that begins the transaction."""
        return ["SMTPUTF8", "BODY=8BITMIME"] if self.needs_utf8 else []

    @property
    def content(self) -> bytes:
        """Return the mail as it is sent."""
        return self.mail.as_bytes(policy=SMTPUTF8 if self.needs_utf8 else SMTP)


class SmtpTransport(Transport):
    """Hands messages to one mail server."""

    def __init__(self, server: Server) -> None:
        super().__init__()
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


def _hand_over(connection: smtplib.SMTP, envelope: Envelope) -> None:
    """Speak one mail transaction.

    Errors are raised ``from None`` and without the server's words, which may name the recipient or the account.

    :raises Undelivered: of the kind that says what to do next.
    """
    try:
        _refuse_unless_smtputf8(connection, envelope)
        _sort_out(connection.mail(envelope.sender, envelope.options)[0], Unreachable)  # it is us, not the message
        _sort_out(connection.rcpt(envelope.recipient)[0], Refused)
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise Unreachable(f"the mail server went away: {type(error).__name__}") from None
    try:
        _sort_out(_answer_to_data(connection, envelope.content), Refused)
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise Uncertain(f"the mail server went away after the message: {type(error).__name__}") from None


def _answer_to_data(connection: smtplib.SMTP, content: bytes) -> int:
    try:
        return connection.data(content)[0]
    except smtplib.SMTPDataError as error:  # refused before the message was sent
        return error.smtp_code


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
