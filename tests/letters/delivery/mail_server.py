"""A mail server that offers delivery reports (RFC 3461), and does at each step what a test wants."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP as Session

from tests.outbox.conftest import Mailbox, MailServer

REPORT_PARAMETERS = ("RET=", "ENVID=", "NOTIFY=", "ORCPT=")
ANSWER_MAX_S = 60


@dataclass
class ReportingMailbox(Mailbox):
    """What the server took, with the parameters that asked for reports."""

    parameters: list[str] = field(default_factory=list)
    holds: str = ""  # the step at which it says nothing more: ehlo mail rcpt content data; reply: until it may go on
    reached: threading.Event = field(default_factory=threading.Event)  # that step was reached
    may_go_on: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)  # the answer to the content was written

    def behaves(self, *, holds: str = "", hangs_up: str = "", **says: str) -> None:
        """Do from now on at each step what a test wants."""
        self.holds, self.hangs_up, self.says = holds, hangs_up, says
        for event in (self.reached, self.may_go_on, self.answered):
            event.clear()

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, answers: list[str]) -> Any:
        """Offer reports."""
        await self.hold("ehlo")
        found = await super().handle_EHLO(server, session, envelope, hostname, answers)
        return [*found[:-1], "250-DSN", *found[-1:]]

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take a sender."""
        await self.hold("mail")
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take a recipient."""
        await self.hold("rcpt")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a mail."""
        answer = await super().handle_DATA(server, session, envelope)
        await self.hold("data")
        if self.holds == "reply":
            self.reached.set()
            await asyncio.get_running_loop().run_in_executor(None, self.may_go_on.wait, ANSWER_MAX_S)
        return answer

    async def hold(self, step: str) -> None:
        """Say nothing more if this is the step, until the other side goes away."""
        if self.holds == step:
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

    async def smtp_DATA(self, arg: str) -> None:
        """Say when the answer to the content was written."""
        await self.event_handler.hold("content")
        await super().smtp_DATA(arg)
        self.event_handler.answered.set()

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
