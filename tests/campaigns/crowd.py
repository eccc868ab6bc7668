"""A made-up crowd that signs, withdraws and is erased, and an attacker who subtracts what is published about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from service.campaigns.tally import Cells, next_cells
from service.campaigns.views import People

COUNTRIES = ("CZ", "DE", "TR", "")  # the last: not said
Rule = Callable[[int, Cells, People, int], Cells | None]
Step = tuple[str, str, int]  # what happens, in which country, to how many

steps = st.lists(
    st.tuples(st.sampled_from(("sign", "sign", "withdraw", "erase")), st.sampled_from(COUNTRIES), st.integers(1, 14)),
    max_size=40,
)


@dataclass
class Crowd:
    """How many stand in each country; who was erased still counts, and nobody knows from where."""

    known: Counter[str] = field(default_factory=Counter)
    nameless: int = 0  # active signatures whose record is erased
    erased: int = 0

    def does(self, step: Step) -> int:
        """Let something happen to some of them, and return to how many it could."""
        what, country, many = step
        if what == "sign":
            self.known[country] += many
            return many
        many = min(many, self.known[country])
        self.known[country] -= many
        if what == "erase":
            self.nameless += many
            self.erased += many
        return many

    @property
    def active(self) -> int:
        """Return how many signatures are active."""
        return self.known.total() + self.nameless

    @property
    def people(self) -> People:
        """Return what the records tell."""
        return People({country: many for country, many in self.known.items() if country and many}, self.erased)


def published(least: int, happened: Iterable[Step], rule: Rule = next_cells) -> list[tuple[int, Cells]]:
    """Return total and cells of each tally, when the rule is asked after every single thing that happens."""
    crowd, last, found = Crowd(), Cells(), []
    for step in happened:
        crowd.does(step)
        cells = rule(least, last, crowd.people, crowd.active)
        if cells is not None:
            found.append((crowd.active, cells))
            last = cells
    return found


def leaks(least: int, told: list[tuple[int, Cells]]) -> list[str]:
    """Return what an attacker learns of fewer than `least` people, by looking at each tally and subtracting two."""
    found: list[str] = []
    before = Cells()
    for total, cells in told:
        found += [f"{name} is {many}" for name, many in _parts(total, cells).items() if 0 < many < least]
        for country in {*before.by_country, *cells.by_country}:
            step = abs(cells.by_country.get(country, 0) - before.by_country.get(country, 0))
            found += [f"{country} moved by {step}"] if 0 < step < least else []
        rest = abs(cells.merged - before.merged) if cells.by_country and before.by_country else 0
        for name, step in (("erased", abs(cells.erased - before.erased)), ("merged", rest)):
            found += [f"{name} moved by {step}"] if 0 < step < least else []
        before = cells
    return found


def _parts(total: int, cells: Cells) -> dict[str, int]:
    """Return each cell, and what is left of the total without it; a rest without countries is only the total."""
    if not cells.by_country:
        return {"erased": cells.erased}
    shown = {**cells.by_country, "merged": cells.merged}
    return shown | {f"all but {name}": total - many for name, many in shown.items()} | {"erased": cells.erased}
