"""A mail with what is told to the server about it: who sends it, who gets it, and which reports are asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

REPORTS = "SUCCESS,FAILURE,DELAY"
_NOT_XTEXT = re.compile(r"[^!-*,-<>-~]")  # RFC 3461 section 4: all but visible ASCII without + and =


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail with the two addresses that are told to the server.

    With an `envelope_id` delivery reports are asked for (RFC 3461) of a server that offers them.
    """

    sender: str
    recipient: str
    mail: EmailMessage
    envelope_id: str = ""

    @property
    def needs_utf8(self) -> bool:
        """Return whether a local part is beyond ASCII (RFC 6531); domains never are."""
        return not (self.sender + self.recipient).isascii()

    @property
    def content(self) -> bytes:
        """Return the mail as it is sent."""
        return self.mail.as_bytes(policy=SMTPUTF8 if self.needs_utf8 else SMTP)

    def sender_options(self, *, reports: bool) -> list[str]:
        """Return the options of the command that begins the transaction."""
        utf8 = ["SMTPUTF8", "BODY=8BITMIME"] if self.needs_utf8 else []
        return utf8 + (["RET=HDRS", f"ENVID={xtext(self.envelope_id)}"] if reports and self.envelope_id else [])

    def recipient_options(self, *, reports: bool) -> list[str]:
        """Return the options of the command that names the recipient."""
        if not (reports and self.envelope_id):
            return []
        original = [] if self.needs_utf8 else [f"ORCPT=rfc822;{xtext(self.recipient)}"]
        return [f"NOTIFY={REPORTS}", *original]


def xtext(text: str) -> str:
    """Return a text as a parameter of an SMTP command may hold it (RFC 3461 section 4)."""
    return _NOT_XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", text)
