"""What must be, in dictionaries: who stands for which text, what waits, and when a campaign ends.

Written from docs/log_format.md section 7 alone; it imports nothing of what it predicts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

TICK_S, HOUR_S, DAY_S = 600, 3_600, 86_400
SEALED_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Stand:
    """Where one person stands."""

    state: str  # active withdrawn invalidated
    text: str
    batch: str = ""  # the decision that found it false; until that is taken back, also of who withdrew since
    changes: int = 0  # how often it changed: a decision hits only what is still as its list had it


@dataclass
class Form:
    """A form that was sent, and the link that was mailed for it."""

    person: int
    text: str
    link: str
    expires_s: int
    is_used: bool = False


@dataclass
class Asked:
    """A mail that asks somebody to renew after a replacement."""

    person: int
    replacement: int
    link: str
    is_used: bool = False
    has_gone: bool = False  # out of the outbox


@dataclass
class Model:
    """One campaign. `pressed` is what people were told, `counted` what the log says: between them events wait."""

    rules: Any
    text: str
    closes: str
    state: str = "open"
    ended: str = ""
    replacements: int = 0
    corrections: set[tuple[str, str]] = field(default_factory=set)
    pressed: dict[int, Stand] = field(default_factory=dict)
    counted: dict[int, Stand] = field(default_factory=dict)
    waits: int = 0
    last_tick_s: int | None = None
    kept: set[int] = field(default_factory=set)  # whose record is kept
    erased: int = 0
    pages: dict[str, int] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    mailed: set[int] = field(default_factory=set)  # who was asked because of the last replacement
    decisions: dict[str, str] = field(default_factory=dict)  # the reason of each batch that was asked for
    news: list[tuple[str, str]] = field(default_factory=list)  # what was told: its kind, and the outcome
    is_silenced: bool = False  # the persons concerned had it taken back

    @property
    def is_at_risk(self) -> bool:
        """Return whether what is confirmed waits for companions."""
        return bool(self.rules.risk == "at-risk")

    @property
    def standing(self) -> set[str]:
        """Return the current text, and those that lead to it by corrections alone."""
        found, new = {self.text}, {self.text}
        while new:
            new = {before for before, after in self.corrections if after in new} - found
            found |= new
        return found

    def is_open_on(self, day: str) -> bool:
        """Return whether signatures are taken on a day."""
        return self.state == "open" and day <= self.closes

    def counts(self) -> dict[str, int]:
        """Return what is public of the count."""
        texts = [one.text for one in self.counted.values() if one.state == "active"]
        active = sum(text in self.standing for text in texts)
        states = Counter(one.state for one in self.counted.values())
        over = {state: states[state] for state in ("withdrawn", "invalidated")}
        return {"active": active, "outdated": len(texts) - active} | over

    def found_false(self, state: str = "invalidated") -> Counter[str]:
        """Return by decision how many stand invalidated by it, or withdrew since."""
        return Counter(one.batch for one in self.counted.values() if one.batch and one.state == state)

    def press(self, person: int, stand: Stand) -> None:
        """A person was told yes: it waits."""
        before = self.pressed.get(person)
        self.pressed[person] = replace(stand, changes=before.changes + 1 if before else 1)
        self.waits += 1

    def append_all(self) -> None:
        """What waits is in the log."""
        self.counted, self.waits = dict(self.pressed), 0

    def confirm(self, form: Form) -> str:
        """Press a mailed button, which is taken; return what comes of it."""
        form.is_used = True
        before = self.pressed.get(form.person)
        if before is not None and before.batch:
            return "invalidated"
        if before is not None and before.state == "active" and before.text in self.standing:
            return "already"
        self.press(form.person, Stand("active", form.text))
        self._keep(form.person)
        return "recorded" if before is None else "renewed"

    def renew(self, person: int) -> str:
        """Press a button that renews, which is taken; return what comes of it."""
        if self.pressed[person].text in self.standing:
            return "already"
        self.press(person, Stand("active", self.text))
        return "renewed"

    def withdraw(self, person: int) -> None:
        """Take a signature back; what asked to renew it is over."""
        self.press(person, replace(self.pressed[person], state="withdrawn"))
        self._forget_asked(person)

    def judge(self, person: int, batch: str) -> None:
        """A decision hits somebody's signature; no batch: the one that did is taken back."""
        self.press(person, replace(self.pressed[person], state="invalidated" if batch else "active", batch=batch))

    def erase(self, person: int) -> None:
        """Forget a person: every page and used link is gone; the signature stands."""
        self.erased += person in self.kept
        self.kept.discard(person)
        self.pages = {page: whose for page, whose in self.pages.items() if whose != person}
        self.forms = [form for form in self.forms if form.person != person or not form.is_used]
        self.asked = [one for one in self.asked if one.person != person]

    def replaced_by(self, text: str) -> None:
        """Another text, that has to be signed anew; what waits is appended first."""
        self.append_all()
        self.text, self.mailed = text, set()
        self.replacements += 1

    def end(self, state: str, day: str) -> None:
        """Close or take back; what waits is appended first."""
        self.append_all()
        self.state, self.ended = state, self.ended or day

    def reopen(self, closes: str) -> None:
        """Take signatures again."""
        self.state, self.closes, self.ended = "open", closes, ""
        self.news.append(("reopened", ""))

    def seal(self) -> None:
        """Nobody can be named any more."""
        self.append_all()
        self.state = "sealed"
        self.pages, self.forms, self.asked, self.kept, self.erased = {}, [], [], set(), 0

    def passes(self, now: datetime) -> None:
        """The worker comes: it records by its rule, closes and seals what is due, and forgets old links."""
        self._record(int(now.timestamp()))
        day = now.date()
        if self.state == "open" and self.closes < day.isoformat():
            self.end("closed", day.isoformat())
        if self.state in ("closed", "withdrawn") and day >= date.fromisoformat(self.ended) + SEALED_AFTER:
            self.seal()
        self.forms = [form for form in self.forms if form.expires_s > now.timestamp()]
        self.asked = [one for one in self.asked if self._may_still_renew(one)]
        over = [one for one in self.asked if not one.has_gone and not self._may_renew_now(one)]
        self.mailed -= {one.person for one in over}  # it goes no more, and they are asked anew
        self.asked = [one for one in self.asked if one not in over]

    def due_to_be_asked(self) -> set[int]:
        """Return who gets a mail because the text that they signed was replaced."""
        if not self.replacements or self.is_at_risk:
            return set()
        outdated = {p for p, one in self.pressed.items() if one.state == "active" and one.text not in self.standing}
        return (outdated & self.kept) - self.mailed

    def _may_still_renew(self, one: Asked) -> bool:
        if self.state in ("withdrawn", "sealed") or one.replacement != self.replacements:
            return False
        return one.is_used or self.pressed[one.person].state != "withdrawn"

    def _may_renew_now(self, one: Asked) -> bool:
        return one.is_used or (self.state == "open" and self.pressed[one.person].state == "active")

    def _record(self, now_s: int) -> None:
        if not self.is_at_risk:
            return self.append_all()
        if self.state == "sealed":
            return None
        tick, before = now_s // TICK_S * TICK_S, self.last_tick_s
        if before is not None and before >= tick:
            return None
        self.last_tick_s = tick
        if self.waits >= self.rules.batch_min or (before is not None and self._period(before) != self._period(tick)):
            self.append_all()
        return None

    def _period(self, moment_s: int) -> int:
        since_monday_s = moment_s - 4 * DAY_S  # 1970-01-05
        return since_monday_s // int(self.rules.batch_max_s)

    def _keep(self, person: int) -> None:
        if self.rules.retention != "forget":
            self.kept.add(person)

    def _forget_asked(self, person: int) -> None:
        self.asked = [one for one in self.asked if one.person != person or one.is_used]
