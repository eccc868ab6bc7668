"""Whatever happens to an appeal, the auditor's own rules find no error in the tallies that it decides to publish."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.audit.replay import replay
from service.campaigns import aggregate
from service.campaigns.aggregate import Campaign, apply
from service.campaigns.events import CampaignClosed, CampaignEvent, CampaignOpened, TextReplaced
from service.campaigns.tally import Figures, next_cells
from service.errors import Refused
from tests.audit.builder import AT_RISK, ORDINARY, Builder, hashed
from tests.campaigns.crowd import COUNTRIES, Crowd, Step, steps

ID = "c_Ordinary01"
KEPT = AT_RISK | {"retention": "close+30d", "tally_min": 5}
RULES = (ORDINARY, ORDINARY | {"tally_min": 0}, ORDINARY | {"tally_min": 10}, KEPT, AT_RISK)


@dataclass
class Story:
    """A log that grows by what people do, with the campaign as its stream tells it."""

    rules: dict[str, Any]
    log: Builder = field(default_factory=Builder)
    crowd: Crowd = field(default_factory=Crowd)
    signed: list[int] = field(default_factory=list)
    withdrawn: int = 0
    outdated: int = 0
    numbers: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.log.office("some-court")
        self.log.campaign(ID, self.rules)
        self.state = Campaign(ID)
        self.text = hashed(f"{ID} text")
        self._follow(CampaignOpened)

    def happens(self, step: Step) -> None:
        """Append what a step is in the log: an erasure is nothing there."""
        many = self.crowd.does(step)
        for _ in range(many if step[0] == "sign" else 0):
            self.signed.append(next(self.numbers))
            self.log.signs(ID, self.signed[-1], text=self.text)
        for _ in range(many if step[0] == "withdraw" else 0):
            self.log.withdraws(ID, self.signed.pop())
            self.withdrawn += 1

    def tells(self) -> None:
        """Publish a tally if the campaign lets one be."""
        crowd, size = self.crowd, len(self.log.events)
        counts = (self.state.state, self.text, size, crowd.active, self.outdated, self.withdrawn, 0)
        try:
            event = self.state.publish_tally(Figures(*counts, crowd.people), self.log.day)
        except Refused:
            return
        if event is not None:
            self.log.events.append(msgspec.to_builtins(event))
            self.state = apply(self.state, event)

    def replaces_the_text(self) -> None:
        """Replace the text: all who stood for it are outdated."""
        new = hashed(f"text {len(self.log.events)}")
        self.log.add("campaign.text_replaced", campaign=ID, text=new, replaces=self.text)
        self._follow(TextReplaced)
        self.text, self.outdated = new, self.outdated + self.crowd.active
        self.crowd.known.clear()
        self.crowd.nameless = 0
        self.signed.clear()

    def closes(self) -> None:
        """Close the appeal."""
        self.log.add("campaign.closed", campaign=ID, reason="organizer")
        self._follow(CampaignClosed)

    def next_day(self) -> None:
        """Go on a day."""
        self.log.day = (date.fromisoformat(self.log.day) + timedelta(days=1)).isoformat()

    def _follow(self, kind: type[CampaignEvent]) -> None:
        event = msgspec.convert(self.log.events[-1], kind)
        self.state = apply(self.state, event)


def verdict(story: Story) -> list[Any]:
    """Return what the auditor objects to in the whole log."""
    report = replay(story.log.lines())
    return [*report.errors, *report.findings]


def told(story: Story) -> int:
    """Return how many tallies there are."""
    return sum(event["type"] == "tally.published" for event in story.log.events)


@given(st.sampled_from(RULES), steps, st.lists(st.sampled_from(("", "", "", "day", "text")), min_size=40, max_size=40))
@settings(deadline=None)
def test_the_auditor_accepts_every_tally(rules: dict[str, Any], happened: list[Step], between: list[str]) -> None:
    story = Story(rules)
    for step, then in zip(happened, between, strict=False):
        story.happens(step)
        story.tells()
        if then == "day":
            story.next_day()
        elif then == "text":
            story.replaces_the_text()
            story.tells()
    story.closes()
    story.tells()
    assert verdict(story) == []


def lively(seed: int) -> Story:
    """Return a long story by chance."""
    chance, story = random.Random(seed), Story(ORDINARY)
    for _ in range(20):
        story.happens(
            (chance.choice(("sign", "sign", "withdraw", "erase")), chance.choice(COUNTRIES), chance.randint(1, 14))
        )
        story.tells()
    return story


def test_the_auditor_catches_a_planted_off_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any(verdict(lively(seed)) for seed in range(20))
    monkeypatch.setattr(aggregate, "next_cells", lambda least, *rest, **more: next_cells(least - 1, *rest, **more))
    assert any(verdict(lively(seed)) for seed in range(20))


def test_a_lively_appeal_has_tallies_with_countries() -> None:
    story = Story(ORDINARY)
    for country in ("CZ", "TR", "CZ", ""):
        story.happens(("sign", country, 7))
        story.tells()
    assert (told(story), verdict(story)) == (4, [])
    assert story.state.tally is not None
    assert story.state.tally.by_country == {"CZ": 14, "TR": 7}
