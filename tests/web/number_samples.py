"""What the templates about numbers are shown with."""

from __future__ import annotations

from types import SimpleNamespace

from service.campaigns.numbers import milestones
from service.campaigns.queries import Counts, DayFigures, Heading

COUNTS = Counts(active=1240, outdated=3, withdrawn=17, invalidated=26, log_size=1512)
NO_COUNTS = Counts(active=0, outdated=0, withdrawn=0, invalidated=0, log_size=5)
GROWTH = [
    DayFigures(active, 3, 17, 26, active + 272, f"2026-03-{day:02}")
    for day, active in [(2, 12), (3, 140), (4, 610), (7, 905), (11, 1240)]
]
TALLY = SimpleNamespace(
    entry=1513, day="2026-03-11", at_size=1512, active=1210, outdated=3, withdrawn=17, invalidated=26,
    by_country={"DE": 640, "TR": 320, "CZ": 5}, merged=245, erased=0,
)  # fmt: skip
NO_COUNTRY = SimpleNamespace(
    entry=8, day="2026-03-02", at_size=7, active=4, outdated=0, withdrawn=0, invalidated=0, by_country={}, merged=4,
    erased=0,
)  # fmt: skip
NUMBERS = {
    "heading": Heading("en", "ltr", "Keep Sample Personova and Probe Ornekoglu safe from deportation", ""),
    "counts": COUNTS,
    "history": GROWTH,
    "reasons": [("automated", 14), ("throwaway-address", 10)],
    "other_reasons": 2,
    "least": 10,
    "milestones": milestones(GROWTH),
    "tally": TALLY,
}
MANY = NUMBERS | {"history": [DayFigures(6_103_042, 0, 0, 0, 6_103_045, "2026-03-02")]}  # as the largest
NO_NUMBERS = NUMBERS | {"counts": NO_COUNTS, "history": [], "tally": None, "milestones": []}
