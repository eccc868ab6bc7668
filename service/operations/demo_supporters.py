"""The demonstration's supporters at work: they sign through the form, and confirm through the mailed link's button."""

from __future__ import annotations

import email
import email.policy
import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from service.operations.demo_people import Person
from service.operations.demo_visitor import DemonstrationFailed, Page, Visitor

WAIT_MAX_S = 60.0
POLL_S = 0.05

Found = TypeVar("Found")


@dataclass(frozen=True)
class Crowd:
    """A group of supporters of one appeal, and where their mail arrives."""

    visitor: Visitor
    ref: str
    mail: Path
    people: Sequence[Person]

    def sign(self, told: Callable[[], None]) -> None:
        """Let everybody sign through the form. :raises DemonstrationFailed: if a page is not what it must be."""
        for person in self.people:
            page = self.visitor.get(f"/{person.language}/c/{self.ref}/sign")
            form = page.form(with_field="full_name")
            values = form.filled(
                full_name=person.name, email=person.email, country=person.country, disclosure="counted", consent="yes"
            )
            answer = self.visitor.send(page, form, values)
            _expect(answer, 200, f"/{person.language}/c/{self.ref}/sent")
            told()

    def confirm(self, told: Callable[[], None]) -> list[Page]:
        """Let everybody open the newest mail's link and press the button; return the pages they then see."""
        pages = []
        for person in self.people:
            link = wait_for(partial(newest_link, self.mail, person.email), "a confirmation mail")
            page = self.visitor.get(link)
            _expect(page, 200, "/confirm/")
            form = page.form()
            pages.append(self.visitor.send(page, form, form.filled(action="confirm")))
            _expect(pages[-1], 200, "/mine/")
            told()
        return pages


def newest_link(folder: Path, address: str) -> str | None:
    """Return the confirmation link in the newest mail to an address, or none while there is no mail."""
    found = None
    for path in sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if address in str(message["To"]):
            match = re.search(r"https?://\S+/confirm/\S+", message.get_content())
            found = match[0] if match else found
    return found


def count_at(visitor: Visitor, ref: str) -> tuple[int, int]:
    """Return the public count and the log size it was computed at."""
    page = visitor.get(f"/c/{ref}/count.json")
    _expect(page, 200, f"/c/{ref}/count.json")
    count = json.loads(page.body)
    return count["active"], count["log_size"]


def wait_for(find: Callable[[], Found | None], what: str) -> Found:
    """Return what `find` returns once that is something. :raises DemonstrationFailed: if it takes too long."""
    until = time.monotonic() + WAIT_MAX_S
    pause = threading.Event()
    while (found := find()) is None:
        if time.monotonic() > until:
            raise DemonstrationFailed(f"{what} did not come within {WAIT_MAX_S:.0f} seconds")
        pause.wait(POLL_S)
    return found


def _expect(page: Page, status: int, path: str) -> None:
    if page.status != status or path not in page.url:
        raise DemonstrationFailed(f"a page answered {page.status}, and not {status} at {path}…")
