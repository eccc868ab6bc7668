"""A mail server that offers delivery reports (RFC 3461), and does at each step what a test wants."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP as Session

from tests.outbox.conftest import Mailbox, MailServer

REPORT_PARAMETERS = ("RET=", "ENVID=", "NOTIFY=", "ORCPT=")


@dataclass
class ReportingMailbox(Mailbox):
    """What the server took, with the parameters that asked for reports."""

    parameters: list[str] = field(default_factory=list)
    holds: str = ""  # the step at which it says nothing more: "mail", "rcpt" or "data"
    reached: threading.Event = field(default_factory=threading.Event)  # the step was reached

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, answers: list[str]) -> Any:
        """Offer reports."""
        found = await super().handle_EHLO(server, session, envelope, hostname, answers)
        return [*found[:-1], "250-DSN", *found[-1:]]

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take a sender."""
        await self._hold("mail")
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take a recipient."""
        await self._hold("rcpt")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a mail."""
        answer = await super().handle_DATA(server, session, envelope)
        await self._hold("data")
        return answer

    async def _hold(self, step: str) -> None:
        if self.holds == step:
            import asyncio

            self.reached.set()
            await asyncio.Event().wait()

    @property
    def message_ids(self) -> list[str]:
        """Return the Message-ID of each mail that was taken."""
        return [str(mail["Message-ID"]) for _, mail in self.taken]


class Reporting(Session):
    """A session that takes the parameters for delivery reports, which the library does not know."""

    async def smtp_MAIL(self, arg: str) -> None:
        """Take the parameters off, then go on."""
        await super().smtp_MAIL(self._without(arg))

    async def smtp_RCPT(self, arg: str) -> None:
        """Take the parameters off, then go on."""
        await super().smtp_RCPT(self._without(arg))

    def _without(self, arg: str) -> str:
        words = (arg or "").split(" ")
        mailbox = self.event_handler
        mailbox.parameters += [word for word in words if word.upper().startswith(REPORT_PARAMETERS)]
        return " ".join(word for word in words if not word.upper().startswith(REPORT_PARAMETERS))


class ReportingServer(MailServer):
    """An SMTP server on a free port that offers delivery reports."""

    def factory(self) -> Any:
        """Make a session."""
        return Reporting(self.handler, **self.SMTP_kwargs)
