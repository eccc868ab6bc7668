"""Draws measurements as SVG: no library, no script, and the figures stand in the text."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

WIDTH, BAR, GAP, LEFT, RIGHT, TOP = 720, 22, 12, 190, 150, 44
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" '
    'font-size="13"><title>{title}</title><rect width="100%" height="100%" fill="#fff"/>'
    '<text x="12" y="24" font-size="15" font-weight="bold" fill="#222">{title}</text>'
)


def bars(title: str, lines: Sequence[dict[str, Any]]) -> str:
    """Return a bar for the median rate of each variant, with a whisker from the lowest to the highest run."""
    rates: dict[str, list[float]] = {}
    for line in lines:
        rates.setdefault(f"{line['bench']} {line['variant']} ({line['store']})", []).append(line["rps"])
    most = max((max(found) for found in rates.values()), default=1.0) or 1.0
    scale = (WIDTH - LEFT - RIGHT) / most
    parts = [_bar(place, name, found, scale) for place, (name, found) in enumerate(rates.items())]
    return _whole(title, TOP + len(rates) * (BAR + GAP), parts)


def curves(title: str, series: dict[str, list[tuple[float, float]]], unit: str) -> str:
    """Return lines of values over time (seconds), each in a colour that also differs in lightness."""
    points = [point for each in series.values() for point in each] or [(1.0, 1.0)]
    across = (WIDTH - 100) / (max(at for at, _ in points) or 1.0)
    most = max(value for _, value in points) or 1.0
    parts = [
        f'<text x="12" y="62" fill="#555">{most:.0f} {escape(unit)}</text>',
        f'<path d="M60 70V250H{WIDTH - 20}" stroke="#999" fill="none"/>',
    ]
    for place, (name, each) in enumerate(series.items()):
        colour = ("#1f5c99", "#c2571a", "#3a3a3a", "#7a9a01")[place % 4]
        path = " ".join(f"{60 + at * across:.1f},{250 - value / most * 180:.1f}" for at, value in each)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{70 + place * 160}" y="274" fill="{colour}">{escape(name)}</text>')
    return _whole(title, 290, parts)


def _bar(place: int, name: str, found: list[float], scale: float) -> str:
    top, middle = TOP + place * (BAR + GAP), statistics.median(found)
    colour = "#1f5c99" if " product" in name else "#9db4cc"
    line = top + BAR / 2
    return (
        f'<text x="{LEFT - 8}" y="{top + 16}" text-anchor="end" fill="#222">{escape(name)}</text>'
        f'<rect x="{LEFT}" y="{top}" width="{middle * scale:.1f}" height="{BAR}" fill="{colour}"/>'
        f'<path d="M{LEFT + min(found) * scale:.1f} {line}H{LEFT + max(found) * scale:.1f}" stroke="#222"/>'
        f'<text x="{LEFT + max(found) * scale + 8:.1f}" y="{top + 16}" fill="#222">{middle:.0f}/s '
        f"({min(found):.0f} to {max(found):.0f})</text>"
    )


def _whole(title: str, height: int, parts: Sequence[str]) -> str:
    return HEAD.format(width=WIDTH, height=height + 10, title=escape(title)) + "".join(parts) + "</svg>\n"
