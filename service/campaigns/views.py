"""What pages, letters and mails are told about campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.campaigns.end_days import sealed_from
from service.campaigns.events import Rules


@dataclass(frozen=True)
class CampaignView:
    """A campaign as its exact row has it."""

    number: int
    id: str
    ref: str
    state: str  # open closed withdrawn sealed
    text: str  # hash of the current text
    carried: frozenset[str]  # earlier ones that lead to it by corrections alone
    replaced: int  # version of the last replacement in the campaign's stream; 0: there was none
    wording: str
    opens: str
    closes: str
    ended: str  # the day on which it closed or was withdrawn; "" while it is open
    end_reason: str  # reason class of the newest closing or withdrawal
    rules: Rules
    settings: dict[str, Any]
    signing_is_paused: bool = False  # by an operator, for a while

    @property
    def is_at_risk(self) -> bool:
        """Return whether signing may endanger people."""
        return self.rules.risk == "at-risk"

    @property
    def forgets(self) -> bool:
        """Return whether nothing is kept of who signed."""
        return self.rules.retention == "forget"

    def stands(self, text: str) -> bool:
        """Return whether an active signature under this text stands for the current one."""
        return text == self.text or text in self.carried

    @property
    def is_silenced(self) -> bool:
        """Return whether the persons concerned had it withdrawn: then their names and story are shown no more."""
        return self.end_reason == "persons-request"

    @property
    def sealed_from(self) -> str:
        """Return the day from which what tells who signed is destroyed; "" while it is open."""
        return sealed_from(self.ended) if self.ended else ""

    def is_open_on(self, day: str) -> bool:
        """Return whether it takes signatures on a day (YYYY-MM-DD, UTC)."""
        return self.state == "open" and self.opens <= day <= self.closes


@dataclass(frozen=True)
class TextView:
    """A text in the language that it is shown in; ``html`` is safe to print."""

    language: str
    direction: str
    title: str
    markdown: str
    html: str
    hash: str  # of the original that it stands for
    document_hash: str  # of what is shown
    state: str  # machine draft reviewed counsel
    notice: str
    is_original: bool
    removed: str = ""  # reason class, if the text was taken down: then there are no words to show


@dataclass(frozen=True)
class Heading:
    """What lists show of a campaign: title and summary in the language that its text is shown in."""

    language: str
    direction: str
    title: str
    summary: str


@dataclass(frozen=True)
class Counts:
    """A campaign's figures at one log size."""

    active: int
    outdated: int
    withdrawn: int
    invalidated: int
    log_size: int

    @property
    def recorded(self) -> int:
        """Return how many had ever signed: the parts sum to it, and it never falls."""
        return self.active + self.outdated + self.withdrawn + self.invalidated


@dataclass(frozen=True)
class DayFigures(Counts):
    """A campaign's figures after the last change of a day, and the log size just after it."""

    day: str


@dataclass(frozen=True)
class People:
    """What sealed records tell of the active signatures that stand for the current text, as numbers."""

    by_country: Mapping[str, int]  # by ISO 3166-1 alpha-2 code; who did not say it, or was erased, is not in it
    erased: int  # all who were ever erased from the campaign


@dataclass(frozen=True)
class TallyView:
    """A published tally: counts by country as they may be shown, and the log size they are of."""

    entry: int  # index of the tally itself
    day: str
    at_size: int
    active: int
    outdated: int
    withdrawn: int
    invalidated: int
    by_country: Mapping[str, int]
    merged: int  # other countries, not said, or erased
    erased: int
