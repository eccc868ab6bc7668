"""What the page of an appeal's numbers shows: figures by day, decisions about false signatures, milestones.

Each figure names the log size that it is of, so that anybody can replay the log up to there and find the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service.campaigns.events import Rules
from service.campaigns.views import DayFigures, TallyView
from service.readmodel.tables import live

CELL_LEAST = 5  # a reason is named from so many on, whatever the appeal's rules say
MILESTONE_FIRST = 10


@dataclass(frozen=True)
class DecisionView:
    """A decision that signatures are false, as the log has it."""

    batch: str
    entry: int  # its first
    day: str
    reason: str
    hit: int
    reinstated: int
    withdrawn: int  # by their owners, since

    @property
    def stands(self) -> int:
        """Return how many are still invalidated by it."""
        return self.hit - self.reinstated - self.withdrawn


@dataclass(frozen=True)
class Milestone:
    """A round number of active signatures, and the first figures of a day that reached it."""

    number: int
    day: str
    log_size: int


def decisions(connection: sa.Connection, campaign_id: str) -> list[DecisionView]:
    """Return the decisions about an appeal's signatures, oldest first."""
    chosen = sa.select(live.batch).where(live.batch.c.campaign == campaign_id).order_by(live.batch.c.entry)
    rows = connection.execute(chosen).mappings()
    return [DecisionView(**{name: value for name, value in row.items() if name != "campaign"}) for row in rows]


def cell_least(rules: Rules) -> int:
    """Return from how many on a cell is named: as in tallies; at risk also as many as a batch has."""
    return max(CELL_LEAST, rules.tally_min, rules.batch_min)


def by_reason(found: Sequence[DecisionView], least: int) -> tuple[list[tuple[str, int]], int]:
    """Return how many signatures stand invalidated by each reason that so many share, and how many by the others.

    The parts sum to all that are invalidated. The log itself states each reason; the page points at no single person.
    """
    counted: Counter[str] = Counter()
    for one in found:
        counted[one.reason] += one.stands
    named = sorted(((why, n) for why, n in counted.items() if n >= least), key=lambda row: (-row[1], row[0]))
    return named, sum(counted.values()) - sum(number for _, number in named)


def milestones(history: Sequence[DayFigures]) -> list[Milestone]:
    """Return each 10, 50, 100, 500, … that the count had reached when a day was over, with that day's log size."""
    found: list[Milestone] = []
    number = MILESTONE_FIRST
    for row in history:
        while row.active >= number:
            found.append(Milestone(number, row.day, row.log_size))
            number *= 5 if len(found) % 2 else 2
    return found


def history_csv(history: Sequence[DayFigures]) -> str:
    """Return the figures by day as CSV (RFC 4180, UTF-8): the parts of a row sum to all who had ever signed."""
    names = ("day", "log_size", "active", "outdated", "withdrawn", "invalidated")
    return _csv([names, *([getattr(row, name) for name in names] for row in history)])


def tally_csv(tally: TallyView | None) -> str:
    """Return the last tally as CSV, as annex A has it: the countries and `merged` sum to `active` at `at_size`."""
    rows: list[tuple[str, object]] = [("what", "count")]
    if tally is not None:
        rows += [(name, getattr(tally, name)) for name in ("at_size", "active", "outdated", "withdrawn", "invalidated")]
        rows += [*sorted(tally.by_country.items()), ("merged", tally.merged)]
    return _csv(rows)


def _csv(rows: Sequence[Sequence[object]]) -> str:
    """Return rows of names and numbers: none holds a comma or a quote."""
    return "".join(",".join(map(str, row)) + "\r\n" for row in rows)
