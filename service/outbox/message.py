"""A message before it is mail: the few fields that the outbox seals, and the mail that they become."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import idna

ENDS_AN_ADDRESS = re.compile(r"[\s<>\x00-\x1f\x7f]")


OPTIONAL = {"unsubscribe"}


class MessageMalformed(ValueError):
    """A message cannot become mail: a header holds a line break, or an address is none."""


@dataclass(frozen=True, slots=True)
class Message:
    """One plain-text mail to one address.

    `sender` and `return_path` are addresses; an empty `sender_name` shows the bare address, an empty `return_path`
    stands for `sender`. `message_id` is with its angle brackets, and the same for every attempt.
    """

    to: str
    subject: str
    body: str
    sender_name: str
    sender: str
    language: str
    message_id: str
    return_path: str = ""
    unsubscribe: str = ""  # the whole address that ends such mail by a POST (RFC 8058); empty: mail that was asked for

    def as_record(self) -> dict[str, str]:
        """Return the fields as a record to be sealed."""
        return {name: value for name, value in asdict(self).items() if value or name not in OPTIONAL}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Message:
        """Return the message of a record.

        :raises MessageMalformed: if the record has other fields than a message.
        """
        known = {field.name for field in fields(cls)}
        if not known - OPTIONAL <= set(record) <= known:
            raise MessageMalformed("a record in the outbox is no message")
        return cls(**record)

    @property
    def file_name(self) -> str:
        """Return a neutral file name, the same for every attempt."""
        return file_name_of(self.message_id)

    def as_mail(self, now: datetime) -> EmailMessage:
        """Return the mail: plain text, told to be automatic (RFC 3834), without anything that tracks.

        :raises MessageMalformed: if a header or an address is not usable.
        """
        mail = EmailMessage(policy=SMTP)
        try:
            mail["From"] = Address(self.sender_name, addr_spec=with_a_label(self.sender))
            mail["To"] = with_a_label(self.to)
            mail["Subject"] = self.subject
            mail["Date"] = format_datetime(now)
            mail["Message-ID"] = self.message_id
            mail["Auto-Submitted"] = "auto-generated"
            if self.unsubscribe:
                mail["List-Unsubscribe"] = f"<{self.unsubscribe}>"  # RFC 2369 section 3.2
                mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058 section 3.1
            mail.set_content(self.body, charset="utf-8", cte=_encoding(self.body))
            mail["Content-Language"] = self.language  # set_content drops earlier Content-… headers
        except (ValueError, IndexError) as error:  # IndexError: how the parser of addresses answers some of them
            raise MessageMalformed("a header of the message is not usable") from error
        if [bool(address.username and address.domain) for address in mail["To"].addresses] != [True]:
            raise MessageMalformed("a message goes to one address")
        return mail


def file_name_of(message_id: str) -> str:
    """Return a neutral file name for a mail, the same for every attempt."""
    return hashlib.sha256(message_id.encode()).hexdigest()[:20] + ".eml"


def with_a_label(address: str) -> str:
    """Return the address with its domain in ASCII, so that any mail server can take it; the rest as typed.

    :raises MessageMalformed: if the domain is not valid, or the address holds what would end it in a command.
    """
    local, _, domain = address.strip().rpartition("@")
    if ENDS_AN_ADDRESS.search(local + domain):
        raise MessageMalformed("an address holds white space, a control character or an angle bracket")
    try:
        return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise MessageMalformed("the domain of an address is not valid") from error


def _encoding(body: str) -> str:
    foreign = sum(not character.isascii() for character in body)
    return "base64" if 4 * foreign > len(body) else "quoted-printable"  # the shorter one; both pass 7-bit servers
