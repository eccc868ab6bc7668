"""A deployment's keys, a mail server that says what a test wants, and mail that waits."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session

from service.clock import FixedClock
from service.outbox.delivery import Transport
from service.outbox.queue import Message, message_row, send_due
from service.outbox.transport import transport_for
from service.store.database import Database
from service.store.tables import outbox, pending
from service.vault.keys import Keys
from service.vault.sealing import new_key, wrap
from tests.outbox.certificate import make_certificate

HOURS_S = 3600


@dataclass
class Mailbox:
    """What a mail server took, and what it says to each recipient or sender (nothing: it takes the mail)."""

    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    connections: int = 0
    says: dict[str, str] = field(default_factory=dict)  # to "mail", "rcpt" or "data" or to an address
    hangs_up: str = ""  # after "data": once it has the message; "rcpt": before it

    async def handle_EHLO(
        self, server: Server, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return answers

    async def handle_MAIL(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if "mail" in self.says:
            return self.says["mail"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.hangs_up == "rcpt":
            _hang_up(server)
            return ""
        refusal = self.says.get(address, self.says.get("rcpt"))
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        if "data" in self.says:
            return self.says["data"]
        mail = message_from_bytes(envelope.original_content or b"", policy=SMTP, _class=EmailMessage)
        self.taken.extend((address, mail) for address in envelope.rcpt_tos)
        self.senders.append(envelope.mail_from or "")
        if self.hangs_up == "data":
            _hang_up(server)
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        """Return to whom the mails went, in order."""
        return [address for address, _ in self.taken]


def _hang_up(server: Server) -> None:
    assert server.transport is not None
    server.transport.close()


class MailServer(Controller):
    """An SMTP server on a free port of this machine."""

    def __init__(self, mailbox: Mailbox, **options: Any) -> None:
        super().__init__(mailbox, hostname="127.0.0.1", port=0, **options)
        self.mailbox = mailbox

    @property
    def bound_port(self) -> int:
        """Return the port that the system gave."""
        assert isinstance(self.server, asyncio.Server)
        return int(self.server.sockets[0].getsockname()[1])

    def _trigger_server(self) -> None:
        """Make the trial connection to the port that the system gave."""
        self.port = self.bound_port
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def start_server() -> Iterator[Callable[..., MailServer]]:
    """Return a function that starts a mail server; all are stopped after the test."""
    started: list[MailServer] = []

    def start(mailbox: Mailbox, **options: Any) -> MailServer:
        server = MailServer(mailbox, **options)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        if not server.loop.is_closed():  # a test may have stopped it
            server.stop(no_assert=True)


@pytest.fixture
def mailbox() -> Mailbox:
    """Return what the mail server says and what it took."""
    return Mailbox()


@pytest.fixture
def server(start_server: Callable[..., MailServer], mailbox: Mailbox) -> MailServer:
    """Return a running mail server."""
    return start_server(mailbox, enable_SMTPUTF8=True)


@pytest.fixture
def smtp(server: MailServer) -> Transport:
    """Return the way to the running mail server."""
    return transport_for(f"smtp://127.0.0.1:{server.bound_port}")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Return the keys of a deployment."""
    return Keys.create(tmp_path_factory.mktemp("deployment") / "keys", "petition.example/log")


_numbers = itertools.count(1)


def a_message(to: str = "a@example.org", **changes: str) -> Message:
    """Return a message."""
    values = {
        "to": to, "subject": "Please confirm", "body": "Open this page:\n\nhttps://petition.example/confirm/x\n",
        "sender_name": "", "sender": "no-reply@petition.example", "language": "en",
        "message_id": f"<{next(_numbers)}@petition.example>",
    }  # fmt: skip
    return Message(**(values | changes))


@dataclass
class Post:
    """Puts mail into the outbox as the web does, each under a pending row of its own, and sends it as a worker does."""

    database: Database
    keys: Keys
    clock: FixedClock

    def waits(self, *messages: Message, hours: int = 72) -> list[str]:
        """Store messages and return the ids of their pending rows."""
        return [self._store(message, hours) for message in messages]

    def sends(self, transport: Transport, limit: int = 50) -> int:
        """Run a worker's pass and return how many mails were handed over."""
        return send_due(self.database, self.keys, transport, self.clock, limit=limit)

    def left(self) -> list[Any]:
        """Return the rows that are still in the outbox."""
        with self.database.read() as connection:
            return list(connection.execute(sa.select(outbox).order_by(outbox.c.id)))

    def _store(self, message: Message, hours: int) -> str:
        row_id, data_key = f"pending-{next(_numbers)}", new_key()
        kek, wrapped = wrap(self.keys, data_key, row_id.encode())
        now_s = int(self.clock.now().timestamp())
        row = message_row(row_id, data_key, message, now_s, now_s + hours * HOURS_S)
        with self.database.write() as connection:
            connection.execute(
                sa.insert(pending).values(
                    id=row_id, kind="sign", campaign="c", token_hash=row_id, code_prefix="0000", code_mac="", kek=kek,
                    wrapped_key=wrapped, sealed=b"", expires=row["expires"],
                )
            )  # fmt: skip
            connection.execute(sa.insert(outbox).values(row))
        return row_id


@pytest.fixture
def post(database: Database, keys: Keys, clock: FixedClock) -> Post:
    """Return the way into the outbox."""
    return Post(database, keys, clock)


@pytest.fixture
def server_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return the encryption of a mail server named localhost whose certificate this machine trusts during the test."""
    certificate, key = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
