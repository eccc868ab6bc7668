"""Computes the shapes of the charts, so that their templates only draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

PLOT_WIDTH = 600
PLOT_HEIGHT = 180
TICKS = (1, 2, 5)
BAR_WIDTH = 100
BAR_HEIGHT = 8


class Day(Protocol):
    """What a chart asks of a row: the count after a day."""

    @property
    def day(self) -> str: ...

    @property
    def active(self) -> int: ...


@dataclass(frozen=True)
class GrowthChart:
    """A curve in a box of `PLOT_WIDTH` by `PLOT_HEIGHT`, its outline as SVG path data, and its scale."""

    line: str
    area: str
    ticks: list[tuple[int, float]]  # value, and its distance from the box's upper edge
    first_day: str
    last_day: str
    last: int


def growth_chart(growth: Sequence[Day], mirrored: bool) -> GrowthChart | None:
    """Return the chart of the count at the end of each day; None if nobody signed. Mirrored: time runs to the left.

    A day is as wide as any other, and the count stays until the next day that is named.
    """
    if not any(row.active for row in growth):
        return None
    days = [date.fromisoformat(row.day).toordinal() for row in growth]
    most = max(1, *(row.active for row in growth))
    step = _step(most)
    top = step * -(-most // step)
    span = days[-1] - days[0] + 1

    def across(ordinal: int) -> float:
        share = (ordinal - days[0]) / span
        return round(PLOT_WIDTH * (1 - share if mirrored else share), 1)

    def down(value: int) -> float:
        return round(PLOT_HEIGHT * (1 - value / top), 1)

    ends = [across(ordinal) for ordinal in [*days[1:], days[-1] + 1]]
    points = [(across(days[0]), float(PLOT_HEIGHT))]
    for ordinal, end, row in zip(days, ends, growth, strict=True):
        points += [(across(ordinal), down(row.active)), (end, down(row.active))]
    line = "M" + "L".join(f"{x} {y}" for x, y in points)
    return GrowthChart(
        line=line,
        area=f"{line}V{PLOT_HEIGHT}Z",
        ticks=[(value, down(value)) for value in range(0, top + 1, step)],
        first_day=growth[0].day,
        last_day=growth[-1].day,
        last=growth[-1].active,
    )


@dataclass(frozen=True)
class CountryBar:
    """A country's figure, and its bar in a box of `BAR_WIDTH` by `BAR_HEIGHT` as SVG path data."""

    code: str  # none: the rest
    count: int
    path: str


def country_bars(by_country: Mapping[str, int], rest: int, mirrored: bool) -> list[CountryBar]:
    """Return a bar for each country, the largest first, then one for the rest. Mirrored: they grow to the left."""
    rows = [*sorted(by_country.items(), key=lambda row: (-row[1], row[0])), *([("", rest)] if rest else [])]
    most = max((count for _, count in rows), default=1)
    return [CountryBar(code, count, _bar(BAR_WIDTH * count / most, mirrored)) for code, count in rows]


def _bar(length: float, mirrored: bool) -> str:
    start, end = (BAR_WIDTH - length, BAR_WIDTH) if mirrored else (0, length)
    return f"M{start:.1f} 0H{end:.1f}V{BAR_HEIGHT}H{start:.1f}Z"


def _step(most: int) -> int:
    """Return a round distance between lines, so that two to five of them are drawn."""
    size = 1
    while True:
        for factor in TICKS:
            if most / (factor * size) <= 5:
                return factor * size
        size *= 10
