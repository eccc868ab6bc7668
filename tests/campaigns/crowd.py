"""A made-up crowd that signs, withdraws and is erased, and an attacker who subtracts what is published about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

from hypothesis import strategies as st

from service.campaigns.tally import Cells, next_cells
from service.campaigns.views import People

COUNTRIES = ("CZ", "DE", "TR", "")  # the last: not said
Step = tuple[str, str, int]  # what happens, in which country, to how many


class Rule(Protocol):
    """Decides on the next tally, as `next_cells` does."""

    def __call__(self, least: int, earlier: Sequence[Cells], people: People, active: int, /) -> Cells | None:
        """Return what may be shown, or nothing."""


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


def published(least: int, happened: Iterable[Step], rule: Rule = next_cells) -> list[Cells]:
    """Return each tally, when the rule is asked after every single thing that happens."""
    crowd, found = Crowd(), list[Cells]()
    for step in happened:
        crowd.does(step)
        cells = rule(least, found, crowd.people, crowd.active)
        if cells is not None and (not found or cells != found[-1]):
            found.append(cells)
    return found


def leaks(least: int, told: Sequence[Cells]) -> list[str]:
    """Return what an attacker learns of fewer than `least` people: from each tally, and by subtracting any two.

    Of two, every sum of figures that moved is looked at: so the total, and all but one country, too.
    """
    found = [f"{name} is {many}" for cells in told for name, many in _parts(cells).items() if 0 < many < least]
    for before, after in combinations([cells.figures for cells in told], 2):
        moved = {name: after.get(name, 0) - before.get(name, 0) for name in before.keys() | after.keys()}
        sums = {0}
        for step in filter(None, moved.values()):
            sums |= {step + one for one in sums}
        found += [f"a sum of {moved} is {one}" for one in sums if 0 < abs(one) < least]
    return found


def _parts(cells: Cells) -> dict[str, int]:
    """Return each cell, and what is left of the total without it; a rest without countries is only the total."""
    if not cells.by_country:
        return {"erased": cells.erased}
    shown = {**cells.by_country, "merged": cells.merged}
    total = sum(shown.values())
    return shown | {f"all but {name}": total - many for name, many in shown.items()} | {"erased": cells.erased}
