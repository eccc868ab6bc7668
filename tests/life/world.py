"""The service and the model side by side: each verb asks both, and what one refuses the other must refuse."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from service.audit.promises import Promise, read_promise
from service.campaigns.handlers import close_due, seal_due
from service.clock import day_of
from service.errors import CampaignNotOpen, LinkUnknown, NotFound, Refused, TextChanged
from service.outbox.queue import send_due
from service.signatures.commands import JudgeSignatures, RenewSignature
from service.signatures.erasure import erase_pending
from service.signatures.pressed import pressed_by_link
from service.signatures.queries import mine_view
from service.signatures.recorder import record_waiting
from service.signatures.renewal import ask_due, renewal_by_button
from service.signatures.renewing import renew_signature
from service.signatures.retention import sweep
from service.signatures.rows import find_mine
from service.signatures.sealing import forget_signers
from service.store.database import Database
from service.vault.keys import Keys
from tests.life.model import DAY_S, HOUR_S, Asked, Form, Model, Stand
from tests.outbox.recorder import Recorder
from tests.signatures.conftest import TEXT, Signing

REFUSED = (LinkUnknown, CampaignNotOpen, TextChanged, NotFound, Refused)
LINK_S = 72 * HOUR_S


@dataclass(frozen=True)
class Listed:
    """What one person asked to be decided, until another approves: the request, and whom it is about as they stood."""

    command: JudgeSignatures
    people: dict[int, Stand]


@dataclass
class World:
    """One campaign on a real database, and what must be."""

    signing: Signing
    model: Model
    promises: list[Promise] = field(default_factory=list)
    letters: list[tuple[int, int, str]] = field(default_factory=list)  # size, active, root
    signed: dict[int, str] = field(default_factory=dict)  # the signature of each person
    lists: list[Listed] = field(default_factory=list)

    @classmethod
    def begin(cls, signing: Signing) -> World:
        """Return a world whose campaign was just opened."""
        campaign = signing.campaign
        world = cls(signing, Model(campaign.rules, TEXT, campaign.closes))
        world.works()
        return world

    @property
    def now(self) -> datetime:
        """Return the present moment."""
        return self.signing.clock.now()

    @property
    def day(self) -> str:
        """Return the present day, UTC."""
        return day_of(self.now)

    @property
    def database(self) -> Database:
        """Return the database."""
        return self.signing.database

    @property
    def keys(self) -> Keys:
        """Return the keys."""
        return self.signing.keys

    def tries(self, is_taken: bool, act: Callable[[], Any]) -> Any:
        """Do something that must be taken, or refused; return what came of it."""
        if is_taken:
            return act()
        with suppress(*REFUSED):
            act()
            raise AssertionError("this must be refused")
        return None

    def sends(self, person: int) -> None:
        """Send the form; the mail with the link comes at once."""
        is_open = self.model.is_open_on(self.day)
        send = lambda: self.signing.signs(f"p{person}@example.org", text=self.model.text)  # noqa: E731
        link = self.tries(is_open, send)
        if link is not None:
            step_s = DAY_S if self.model.is_at_risk else HOUR_S
            expires_s = -(-(int(self.now.timestamp()) + LINK_S) // step_s) * step_s
            self.model.forms.append(Form(person, self.model.text, link, expires_s))

    def confirms(self, form: Form) -> None:
        """Press the button behind a mailed link, for the first time or again."""
        is_known = form in self.model.forms and form.expires_s > self.now.timestamp()
        is_new = self.model.is_open_on(self.day) and form.text in self.model.standing
        was_used = form.is_used
        found = self.tries(is_known and (was_used or is_new), lambda: self.signing.confirms(form.link))
        if found is None:
            return
        outcome, page = found
        self.model.pages[page] = form.person
        with self.database.read() as connection:
            self.signed[form.person] = find_mine(connection, page)["signature"]
        if not was_used:
            assert outcome == self.model.confirm(form)
            self._notes_promise(page, outcome)

    def says_it_was_not_me(self, form: Form) -> None:
        """Erase a form from the page behind the link: what was confirmed stays."""
        with self.database.read() as connection:
            row_id = pressed_by_link(connection, form.link, self.now).row["id"]
        erase_pending(self.database, row_id, self.day)
        if not form.is_used:
            self.model.forms.remove(form)

    def leaves(self, page: str, *, withdraw: bool, erase: bool) -> None:
        """Withdraw, erase or both on one's own page."""
        person = self.model.pages[page]
        stands = self.model.pressed[person].state in ("active", "invalidated")
        self.tries(stands or erase, lambda: self.signing.leaves(page, withdraw=withdraw, erase=erase))
        if withdraw and stands:
            self.model.withdraw(person)
        if erase:
            self.model.erase(person)

    def renews_on_own_page(self, page: str) -> None:
        """Press the button that one's own page shows after a replacement."""
        person = self.model.pages[page]
        self._renews(person, page, lambda: renewal_by_button(self.signing.desk, page, self.now))

    def begins_to_renew(self, page: str) -> None:
        """Press that button, and nothing after it."""
        button = lambda: renewal_by_button(self.signing.desk, page, self.now)  # noqa: E731
        self.tries(self._may_renew(self.model.pages[page]), button)

    def renews_by_mail(self, asked: Asked) -> None:
        """Press the button behind a mailed link to renew, for the first time or again."""

        def row_id() -> str:
            with self.database.read() as connection:
                return str(pressed_by_link(connection, asked.link, self.now).row["id"])

        if asked.is_used:
            return
        page = f"page-of-{asked.link}"
        if self._renews(asked.person, page, row_id):
            asked.is_used = True
            self.model.pages[page] = asked.person

    def works(self) -> None:
        """Let the worker make its passes, and the read models follow."""
        self.model.passes(self.now)
        record_waiting(self.signing.log, self.now)
        close_due(self.signing.log, self.now)
        seal_due(self.signing.log, self.now, forget_signers)
        sweep(self.database, self.now)
        self.signing.follows()

    def asks(self, *, mail_goes: bool) -> None:
        """Let the worker mail those who signed a text that was replaced; what waits in the outbox may go, too."""
        due = self.model.due_to_be_asked() if self.model.is_open_on(self.day) else set()
        already = len(self.signing.mails)
        assert ask_due(self.signing.desk, self.now) == len(due)
        for mail in self.signing.mails[already:]:
            person = int(mail.to.removeprefix("p").partition("@")[0])
            self.model.asked.append(Asked(person, self.model.replacements, mail.link_token))
            self.model.mailed.add(person)
        self.model.asked.sort(key=lambda one: one.person)  # mailed in order of their signatures, which are random
        assert self.model.mailed >= due
        if mail_goes:
            send_due(self.database, self.keys, Recorder(), self.signing.clock, limit=100_000)
            for one in self.model.asked:
                one.has_gone = True

    def passes_time(self, ahead: timedelta) -> None:
        """Let time go by; the worker comes when a day ends, and while something waits when a period does."""
        until = self.now + ahead
        while self.now < until:
            step_s = int(self.model.rules.batch_max_s) or DAY_S
            step_s = min(step_s, DAY_S) if self.model.waits else DAY_S
            ends_s = (int(self.now.timestamp()) // step_s + 1) * step_s
            self.signing.clock.moment = min(until, datetime.fromtimestamp(ends_s, until.tzinfo))
            self.works()

    def _may_renew(self, person: int) -> bool:
        is_active = self.model.pressed[person].state == "active"
        return is_active and person in self.model.kept and self.model.is_open_on(self.day)

    def _renews(self, person: int, page: str, row_id: Callable[[], str]) -> bool:
        campaign = self.signing.campaign

        def press() -> str:
            command = RenewSignature(row_id(), page, campaign.text, campaign.wording, self.now)
            return renew_signature(command, self.signing.desk)

        outcome = self.tries(self._may_renew(person), press)
        if outcome is None:
            return False
        stood = self.model.pressed[person].text in self.model.standing
        expected = self.model.renew(person)
        assert outcome == expected or stood, "a button that was pressed before says what it said"
        self._notes_promise(page, expected)
        return True

    def _notes_promise(self, page: str, outcome: str) -> None:
        if outcome not in ("recorded", "renewed"):
            return
        with self.database.read() as connection:
            note = mine_view(connection, self.keys, page).promise
        assert note is not None
        self.promises.append(read_promise(note.encode(), self.keys.origin, [self.keys.promise_vkey]))
