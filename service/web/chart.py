"""Computes the shape of the growth chart, so that its template only draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

PLOT_WIDTH = 600
PLOT_HEIGHT = 180
TICKS = (1, 2, 5)


@dataclass(frozen=True)
class GrowthChart:
    """A curve in a box of `PLOT_WIDTH` by `PLOT_HEIGHT`, its outline as SVG path data, and its scale."""

    line: str
    area: str
    ticks: list[tuple[int, float]]  # value, and its distance from the box's upper edge
    first_day: str
    last_day: str
    last: int


def growth_chart(growth: Sequence[Mapping[str, Any]], mirrored: bool) -> GrowthChart | None:
    """Return the chart of the count at the end of each day; None without a day. Mirrored: time runs to the left."""
    if not growth:
        return None
    days = [date.fromisoformat(str(row["day"])).toordinal() for row in growth]
    step = _step(max(max(int(row["active"]) for row in growth), 1))
    top = step * -(-max(max(int(row["active"]) for row in growth), 1) // step)
    span = max(days[-1] - days[0], 1)

    def across(ordinal: int) -> float:
        share = (ordinal - days[0]) / span if len(days) > 1 else 1
        return round(PLOT_WIDTH * (1 - share if mirrored else share), 1)

    def down(value: int) -> float:
        return round(PLOT_HEIGHT * (1 - value / top), 1)

    points = _steps([(across(ordinal), down(int(row["active"]))) for ordinal, row in zip(days, growth, strict=True)])
    if len(days) == 1:
        points = [(PLOT_WIDTH if mirrored else 0.0, points[0][1]), *points]
    line = "M" + "L".join(f"{x} {y}" for x, y in points)
    return GrowthChart(
        line=line,
        area=f"{line}V{PLOT_HEIGHT}H{points[0][0]}Z",
        ticks=[(value, down(value)) for value in range(0, top + 1, step)],
        first_day=str(growth[0]["day"]),
        last_day=str(growth[-1]["day"]),
        last=int(growth[-1]["active"]),
    )


def _steps(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Between two days the count stays: the curve goes across first, then up."""
    stairs = points[:1]
    for (x, y), (_, y_before) in zip(points[1:], points[:-1], strict=True):
        stairs += [(x, y_before), (x, y)]
    return stairs


def _step(most: int) -> int:
    """Return a round distance between lines, so that two to five of them are drawn."""
    size = 1
    while True:
        for factor in TICKS:
            if most / (factor * size) <= 5:
                return factor * size
        size *= 10
