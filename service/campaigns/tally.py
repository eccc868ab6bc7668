"""What a tally may show of the countries, so that no figure of it moves by fewer people than can hide in a crowd.

Two tallies can be subtracted, so a minimum for each figure is not enough: docs/log_format.md section 7.4 and
docs/design/PRIVACY.md section 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.campaigns.views import People


@dataclass(frozen=True)
class Figures:
    """What is true of a campaign at a log size: the counts of the log, and the people behind the signatures."""

    state: str  # open closed withdrawn sealed
    text: str  # current at that size
    at_size: int
    active: int
    outdated: int
    withdrawn: int
    invalidated: int
    people: People


@dataclass(frozen=True)
class Cells:
    """What a tally tells beyond the log: signatures by country, the rest of the active ones, and who was erased."""

    by_country: Mapping[str, int] = field(default_factory=dict)
    merged: int = 0
    erased: int = 0


def next_cells(least: int, before: Cells, people: People, active: int) -> Cells | None:
    """Return what the next tally may show after `before`, or nothing while none may be published.

    `least` is the campaign's `tally_min`. A figure stays until the true one differs from it by `least` or more. If the
    rest then breaks a rule, the smallest change waits; if it still does, there is no tally yet.
    """
    if least == 0:
        return Cells(merged=active)
    changes = {
        country: shown
        for country in {*before.by_country, *people.by_country}
        if (shown := _shown(least, before.by_country.get(country, 0), people.by_country.get(country, 0)))
        != before.by_country.get(country, 0)
    }
    erased = _shown(least, before.erased, people.erased)
    for waits in (None, _smallest(changes, before.by_country)):
        moved = {country: shown for country, shown in changes.items() if country != waits}
        listed = {country: shown for country, shown in {**before.by_country, **moved}.items() if shown}
        merged = active - sum(listed.values())
        if _may_stand(least, before, listed, merged):
            return Cells(listed, merged, erased)
    return None


def _shown(least: int, last: int, true: int) -> int:
    """Return the figure to show: the last one until the true one is `least` away, nothing below `least`."""
    if abs(true - last) < least:
        return last
    return true if true >= least else 0


def _smallest(changes: Mapping[str, int], last: Mapping[str, int]) -> str | None:
    return min(changes, key=lambda country: (abs(changes[country] - last.get(country, 0)), country), default=None)


def _may_stand(least: int, before: Cells, listed: Mapping[str, int], merged: int) -> bool:
    """Return whether the rest may be published: without a listed country it is just the total."""
    if not listed:
        return True
    if merged != 0 and merged < least:  # below nothing: listed figures lag behind withdrawals
        return False
    step = abs(merged - before.merged)
    return not before.by_country or step == 0 or step >= least
