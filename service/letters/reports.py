"""Reads delivery reports (RFC 3464): which of our messages one is about, and what it says of it."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Literal

from service.letters.queueing import TOKEN_BYTES

TOKEN = re.compile(rf"(?<![0-9a-f])[0-9a-f]{{{2 * TOKEN_BYTES}}}(?![0-9a-f])")
Verdict = Literal["accepted", "bounced", "delayed"]
# RFC 3464 section 2.3.3. `failed` is final even with a status 4.x.x: the server has given up.
VERDICTS: dict[str, Verdict] = {
    "delivered": "accepted",
    "relayed": "accepted",
    "expanded": "accepted",
    "failed": "bounced",
    "delayed": "delayed",
}
DESCRIBED_MAX = 8_000  # characters of a report that are kept as evidence


@dataclass(frozen=True)
class Report:
    """What a server says of one message: to which of ours its token belongs, it does not know."""

    tokens: list[str]  # in the order in which they are to be believed
    verdict: Verdict
    status: str  # such as 5.1.1
    described: str  # the part in the format of RFC 3464


def read_report(content: bytes) -> Report | None:
    """Return what a mail reports, or nothing if it is no delivery report in the form of RFC 3464."""
    mail = email.message_from_bytes(content)
    if mail.get_content_type() != "multipart/report":
        return None
    blocks = [block for part in mail.walk() if part.get_content_type() == "message/delivery-status"
              for block in _blocks(part)]  # fmt: skip
    verdicts = [(VERDICTS.get(_value(block, "Action").lower()), _value(block, "Status")) for block in blocks]
    known = [(verdict, status) for verdict, status in verdicts if verdict is not None]
    if not known:
        return None
    verdict, status = known[0]  # a letter has one recipient
    described = "\n".join(str(block) for block in blocks)[:DESCRIBED_MAX]
    return Report(list(dict.fromkeys(_tokens(mail, blocks))), verdict, status, described)


def _tokens(mail: Message, blocks: list[Message]) -> Iterator[str]:
    """Yield the tokens in the envelope's id, in the returned Message-ID, and in the address that the report went to."""
    places = [_value(block, "Original-Envelope-Id") for block in blocks]
    for part in mail.walk():
        kind = part.get_content_type()
        if kind in ("message/rfc822", "text/rfc822-headers"):
            places.append(_returned_id(part, kind))
    places += [_value(mail, name) for name in ("To", "Delivered-To", "X-Original-To")]
    for place in places:
        yield from TOKEN.findall(place.lower())


def _returned_id(part: Message, kind: str) -> str:
    if kind == "message/rfc822":
        inner = part.get_payload()
        return _value(inner[0], "Message-ID") if isinstance(inner, list) and inner else ""
    words = part.get_payload(decode=True)
    return _value(email.message_from_bytes(words), "Message-ID") if isinstance(words, bytes) else ""


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _value(block: Message | str, name: str) -> str:
    return str(block.get(name) or "").strip() if isinstance(block, Message) else ""
