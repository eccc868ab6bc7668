"""The demonstration's mailbox: shows the messages that were written to a folder instead of being sent."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING

from flask import Blueprint, render_template
from markupsafe import Markup, escape

from service.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

SHOWN_MAX = 200  # messages
LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Letter:
    """A message of the mailbox, as its pages show it."""

    id: str
    to: str
    sender: str
    subject: str
    date: str
    body: Markup


def mailbox_pages(folder: Path) -> Blueprint:
    """Return the blueprint `mailbox`, which a demonstration has and no other installation."""
    mailbox = Blueprint("mailbox", __name__)

    def index() -> str:
        newest_first = sorted(folder.glob("*.eml"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
        return render_template("mailbox.html", messages=[_read(path) for path in newest_first[:SHOWN_MAX]])

    def message(message_id: str) -> str:
        path = folder / f"{message_id}.eml"
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", message_id) or not path.is_file():
            raise NotFound
        return render_template("mailbox_message.html", message=_read(path))

    mailbox.add_url_rule("/mailbox", "index", index)
    mailbox.add_url_rule("/mailbox/<message_id>", "message", message)
    return mailbox


def _read(path: Path) -> Letter:
    parsed = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    plain = parsed.get_body(("plain",))
    return Letter(
        id=path.stem,
        to=str(parsed.get("To", "")),
        sender=str(parsed.get("From", "")),
        subject=str(parsed.get("Subject", "")),
        date=str(parsed.get("Date", "")),
        body=with_links(plain.get_content() if plain else ""),
    )


def with_links(text: str) -> Markup:
    """Return plain text as HTML in which web addresses can be followed."""
    parts, end = [], 0
    for found in LINK.finditer(text):
        address = escape(found.group())
        parts += [escape(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])
