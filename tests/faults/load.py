"""People who go on signing and confirming while things break, and remember what was acknowledged to them."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path

from service.errors import PetitionError
from service.operations.demo_visitor import Page, Visitor
from service.operations.processes import Address
from tests.faults.server import GONE, PATIENCE_S
from tests.installation import REF
from tests.letters.delivery.mail_server import ReportingMailbox

LINK = re.compile(r"/confirm/[A-Za-z0-9_-]{43}")
BREATH_S = 0.1  # before somebody who was refused tries again
ACKNOWLEDGED, REFUSED, UNANSWERED = "acknowledged", "refused", "unanswered"


class Mailroom:
    """The mails that arrived: each address's newest link, read once and then forgotten."""

    def __init__(self, folder: Path, server: ReportingMailbox | None = None) -> None:
        self._folder = folder
        self.server = server  # what a mail server took, where there is one
        self._links: dict[str, str] = {}
        self._reading = threading.Lock()

    def link(self, email: str) -> str | None:
        """Return the link that was mailed to an address, if any was."""
        with self._reading:
            for path in self._folder.glob("*.eml"):
                self.takes_in(message_from_bytes(path.read_bytes(), policy=policy.default))
                path.unlink()
            while self.server is not None and self.server.taken:
                self.takes_in(self.server.taken.pop(0)[1])
            return self._links.get(email)

    def takes_in(self, mail: Message) -> None:
        """Note the link of a mail."""
        found = LINK.search(mail.get_content())  # type: ignore[attr-defined]
        if found:
            self._links[str(mail["To"])] = found[0]


class Load:
    """A few people at a time; leaving the block lets all who were mailed a link use it, and ends."""

    numbers = itertools.count()

    def __init__(self, addresses: Callable[[], list[Address]], mailroom: Mailroom, people: int = 4) -> None:
        self.addresses = addresses
        self.mailroom = mailroom
        self.signed: list[str] = []
        self.confirmed: list[str] = []
        self.unanswered: list[str] = []  # nobody knows whether they count
        self.troubles: list[str] = []
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._lives, args=(n,)) for n in range(people)]

    def __enter__(self) -> Load:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, once everybody is done."""
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def waits_for(self, more: int) -> None:
        """Wait until so many more have confirmed. :raises AssertionError: if that does not happen."""
        until, wanted = time.monotonic() + PATIENCE_S, len(self.confirmed) + more
        pause = threading.Event()
        while len(self.confirmed) < wanted:
            assert time.monotonic() < until, f"nobody can sign: {self.troubles}"
            pause.wait(0.02)

    def _lives(self, seat: int) -> None:
        try:
            self._signs_and_confirms(seat)
        except Exception as error:
            self.troubles.append(f"somebody met what nobody should: {error!r}")
            raise

    def _signs_and_confirms(self, seat: int) -> None:
        while not self._ends.is_set():
            email = f"person{next(self.numbers)}@example.org"
            if self._gets_on(seat, lambda v, e=email: signs(v, e), give_up=self._ends) != ACKNOWLEDGED:
                continue  # who got no answer may have signed, and is somebody else from now on
            self.signed.append(email)
            link = self._is_mailed(email)
            if link is not None:
                answer = self._gets_on(seat, lambda v, k=link: confirms(v, k))
                (self.confirmed if answer == ACKNOWLEDGED else self.unanswered).append(email)

    def _gets_on(self, seat: int, step: Callable[[Visitor], str], give_up: threading.Event | None = None) -> str:
        """Try until there is an answer that is no refusal; somebody else's server is asked if one is gone."""
        until, seen = time.monotonic() + PATIENCE_S, REFUSED
        for turn in itertools.count():
            addresses = self.addresses()
            if addresses:
                answer = step(Visitor(addresses[(seat + turn) % len(addresses)].base_url))
                if answer == ACKNOWLEDGED or (answer == UNANSWERED and give_up is not None):
                    return answer
                if answer == "used":
                    return UNANSWERED if seen == UNANSWERED else answer
                seen = UNANSWERED if UNANSWERED in (answer, seen) else REFUSED
            if (give_up is not None and give_up.is_set()) or time.monotonic() > until:
                break
            (give_up or self._never).wait(BREATH_S)
        if give_up is None:
            self.troubles.append(f"a link could not be used: {seen}")
        return seen

    _never = threading.Event()

    def _is_mailed(self, email: str) -> str | None:
        until = time.monotonic() + PATIENCE_S
        while (link := self.mailroom.link(email)) is None:
            if time.monotonic() > until:
                self.troubles.append("an acknowledged form was never mailed")
                return None
            self._never.wait(0.05)
        return link


def signs(visitor: Visitor, email: str) -> str:
    """Fill in the form and send it; return what came of it."""
    try:
        page = visitor.get(f"/en/c/{REF}/sign")
        form = page.form(with_field="full_name")
    except (*GONE, PetitionError):  # nothing was sent: no answer, or a page that says that there is no form just now
        return REFUSED
    values = form.filled(full_name="Made-up Person", email=email, consent="yes")
    try:
        answer = visitor.send(page, form, values)
    except GONE:
        return UNANSWERED
    return ACKNOWLEDGED if answer.status == 200 and answer.url.split("?")[0].endswith("/sent") else _refusal(answer)


def confirms(visitor: Visitor, link: str) -> str:
    """Press the button behind a link; return what came of it, or ``used`` if the link is."""
    try:
        page = visitor.get(link)
        if page.status != 200:
            return "used" if page.status in (404, 410) else REFUSED
        form = page.form()
    except (*GONE, PetitionError):
        return REFUSED
    try:
        answer = visitor.send(page, form, form.filled(action="confirm"))
    except GONE:
        return UNANSWERED
    return ACKNOWLEDGED if answer.status == 200 and "/mine/" in answer.url else _refusal(answer)


def _refusal(answer: Page) -> str:
    # a 503 says itself that what was sent may have been stored; the page after a 303 may be what is refused
    return UNANSWERED if answer.status >= 500 else REFUSED
