"""People with unmistakable names and addresses, who sign in every way and are erased at every moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from service.app import signing_desk
from service.campaigns.queries import campaign_by_ref
from service.clock import day_of
from service.operations.backup import make_backup
from service.outbox.queue import send_due
from service.outbox.transport import transport_for
from service.signatures.commands import ConfirmSignature, SignCampaign, WithdrawSignature
from service.signatures.confirmation import DONE, KINDS
from service.signatures.erasure import erase_pending
from service.signatures.handlers import MailRequest, SigningDesk, confirm_signature, sign_campaign, withdraw_signature
from service.signatures.pressed import pressed_by_link
from service.signatures.rows import mine_token_of
from service.store.group_commit import BATCH_MAX, Commits, Writer
from tests.installation import REF, Installation

MARKS = ("Zqxjkvwpyb", "zqxjkvwpyb", "Üñmärkvöş")  # in every name, every address, every name
AT_ONCE = 4  # people who press the button of their own page


class Gathering(Writer):
    """Commits what many people sent in one transaction, as a busy web process does."""

    def __init__(self, commits: Commits) -> None:
        self.commits = commits
        self._units: list[tuple[str, Any]] = []

    def _carry(self, kind: str, row: Any) -> Any:
        self._units.append((kind, row))
        return DONE

    def commit(self) -> None:
        """Commit what was gathered; everybody gets the answer that was given."""
        units, self._units = self._units, []
        assert all(result is DONE for result in self.commits.commit(units))


@dataclass
class Marked:
    """Marked people of an installation; each kind is erased at another moment."""

    installation: Installation
    many: int
    forms: list[str] = field(default_factory=list)  # ids of forms that are never confirmed
    pages: list[str] = field(default_factory=list)  # tokens of the pages of those who were recorded
    _mails: list[MailRequest] = field(default_factory=list)

    def desk(self, writer: Writer | None = None) -> SigningDesk:
        """Return what takes forms, and shows the links that it mails."""
        desk = signing_desk(self.installation.services)

        def mail(request: MailRequest) -> object:
            self._mails.append(request)
            return desk.mail(request)

        return replace(desk, mail=mail, writer=writer or desk.writer)  # type: ignore[arg-type]

    def join(self) -> None:
        """A third only send the form, and two thirds confirm; half of the mails are sent, the others wait."""
        half = self.many // 2
        for start, stop in ((0, half), (half, self.many)):
            for first in range(start, stop, BATCH_MAX):
                self._join_together(range(first, min(first + BATCH_MAX, stop)))
            if stop == half:
                self._send()
        self.installation.records()

    def _join_together(self, numbers: range) -> None:
        """Take the forms of so many people in one transaction, and what they confirm in another."""
        writer = Gathering(Commits(self.installation.services.database, KINDS))
        links = {number: self._signs(number, "CZ", writer) for number in numbers}
        writer.commit()
        for number, link in links.items():
            if number % 3 == 0:
                self.forms.append(self._row(link))
            else:
                self.pages.append(self._confirms(link, writer))
        writer.commit()

    def erase(self) -> Iterator[str]:
        """Erase them all; before that, some more who are erased while they wait for the recorder."""
        for number in range(self.many, self.many + self.many // 10 + 1):
            self.leaves(self.joins(number, "CZ"), withdraw=False, erase=True)
        for row in self.forms:
            erase_pending(self.installation.services.database, row, self._day)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield from pool.map(self._leaves_for_good, range(len(self.pages)))

    def _leaves_for_good(self, number: int) -> str:
        self.leaves(self.pages[number], withdraw=number % 2 == 0, erase=True)
        return self.pages[number]

    def joins(self, number: int, country: str) -> str:
        """Let one person of a country sign and confirm, and return the token of their page."""
        return self._confirms(self._signs(number, country))

    def leaves(self, page: str, *, withdraw: bool, erase: bool) -> None:
        """Withdraw, erase or both."""
        withdraw_signature(WithdrawSignature(page, withdraw, erase, self.installation.clock.now()), self.desk())

    def back_up(self, name: str) -> str:
        """Make a backup in a folder of this name beside the database, and return its path."""
        services = self.installation.services
        return str(make_backup(services.database, services.keys.origin, self.installation.mail_folder.parent / name,
                               self._day))  # fmt: skip

    @property
    def _day(self) -> str:
        return day_of(self.installation.clock.now())

    def _signs(self, number: int, country: str, writer: Writer | None = None) -> str:
        services, email = self.installation.services, f"zqxjkvwpyb.{number}@example.org"
        with services.database.read() as connection:
            campaign = campaign_by_ref(connection, REF)
        command = SignCampaign(
            ref=REF, email=email, norm=email, language="en", now=services.clock.now(), country=country,
            full_name=f"Zqxjkvwpyb Üñmärkvöş {number}", disclosure="counted", text=campaign.text,
        )  # fmt: skip
        sign_campaign(command, campaign, self.desk(writer))
        return self._mails.pop().link_token

    def _row(self, link: str) -> str:
        services = self.installation.services
        with services.database.read() as connection:
            return str(pressed_by_link(connection, link, services.clock.now()).row["id"])

    def _confirms(self, link: str, writer: Writer | None = None) -> str:
        page, now = mine_token_of(self.installation.services.keys, link), self.installation.clock.now()
        confirm_signature(ConfirmSignature(self._row(link), page, False, now), self.desk(writer))
        return page

    def _send(self) -> None:
        """Hand the mails that wait to the mail server, and empty its folder: they are in other people's mailboxes."""
        services = self.installation.services
        while send_due(services.database, services.keys, transport_for(services.settings.smtp_url), services.clock):
            pass
        for path in self.installation.mail_folder.iterdir():
            path.unlink()
