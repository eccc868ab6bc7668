"""How a campaign's count grew, day by day, as a picture without script and as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import pairwise
from typing import NamedTuple

from service.audit.campaigns import Campaign
from service.audit.counts import CountsAt
from service.audit.replay import Replay

WIDTH, HEIGHT = 1000, 300  # of the drawing; the page stretches it


class DayRow(NamedTuple):
    """A campaign's counts when a day of the log was over."""

    day: str
    size: int
    counts: CountsAt


def rows_of(replayed: Replay, campaign: Campaign) -> list[DayRow]:
    """Return the counts at the end of each day on which the log grew, from the campaign's first on."""
    ends = [*(index for index, _ in replayed.days[1:]), replayed.size]
    rows = [DayRow(day, end, campaign.counts.at(end)) for (_, day), end in zip(replayed.days, ends, strict=True)]
    first = next((place for place, row in enumerate(rows) if any(row.counts)), len(rows))
    return rows[max(0, first - 1) :]


def chart(rows: Sequence[DayRow], label: str) -> str:
    """Return a drawing of the active count over the days, with its scale beside it in the page's own letters."""
    if len(rows) < 2:
        return ""
    most = _round_up(max(row.counts.active for row in rows))
    days = [date.fromisoformat(row.day).toordinal() for row in rows]
    span = days[-1] - days[0]
    points = [
        (WIDTH * (day - days[0]) / span, HEIGHT - HEIGHT * row.counts.active / most)
        for day, row in zip(days, rows, strict=True)
    ]
    # The count stands still until the next day on which the log grew: steps, no slopes.
    corners = [points[0], *(corner for (_, y), (x, z) in pairwise(points) for corner in ((x, y), (x, z)))]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return (
        f'<div class="plot"><div class="scale" aria-hidden="true"><span>{most:,}</span><span>{most // 2:,}</span>'
        f'<span>0</span></div><svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}"><path class="grid" d="M0 0H{WIDTH}M0 {HEIGHT // 2}H{WIDTH}M0 {HEIGHT}H{WIDTH}"/>'
        f'<polygon class="area" points="0,{HEIGHT} {line} {WIDTH},{HEIGHT}"/><polyline class="line" points="{line}"/>'
        f'</svg><div class="span" aria-hidden="true"><span>{rows[0].day}</span><span>{rows[-1].day}</span></div></div>'
    )


def _round_up(value: int) -> int:
    """Return the next value that makes a good scale, even so that its half is a number of people."""
    step = 2
    while True:
        for factor in (1, 2, 4, 5):
            if factor * step >= value:
                return factor * step
        step *= 10
