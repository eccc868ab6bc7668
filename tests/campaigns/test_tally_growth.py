"""An appeal that grows as appeals do keeps having tallies, and they stay near the truth."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from service.campaigns.tally import Cells, next_cells
from service.campaigns.views import People
from tests.campaigns.crowd import leaks

COUNTRIES = [f"{chr(65 + number // 26)}{chr(65 + number % 26)}" for number in range(30)]
WEIGHTS = [20 / (rank + 1) ** 1.2 for rank in range(30)]  # few large ones and many small, as in public petitions
NOT_SAID = 3.0
LEAVE = 0.01  # of those who sign


@dataclass
class Grown:
    """What came of it."""

    true: Counter[str]
    told: list[Cells]
    longest_wait: int  # looks in turn without a tally


def grows(least: int, looks: int, signers: float, seed: int = 1) -> Grown:
    """Let about so many people sign between two looks, and a few of all who signed leave."""
    chance, grown, wait = random.Random(seed), Grown(Counter(), [], 0), 0
    signed: list[str] = []
    for _ in range(looks):
        many = int(chance.expovariate(1 / signers))
        signed += chance.choices(["", *COUNTRIES], [NOT_SAID, *WEIGHTS], k=many)
        chance.shuffle(signed)
        del signed[: sum(chance.random() < LEAVE for _ in range(many))]
        grown.true = Counter(signed)
        people = People({country: many for country, many in grown.true.items() if country}, 0)
        cells = next_cells(least, grown.told, people, len(signed))
        wait = wait + 1 if cells is None else 0
        grown.longest_wait = max(grown.longest_wait, wait)
        if cells is not None:
            grown.told.append(cells)
    return grown


@pytest.mark.parametrize(
    ("least", "looks", "signers", "longest"), [(5, 52, 50, 4), (10, 52, 50, 6), (10, 52, 300, 4), (5, 200, 2, 20)]
)
def test_tallies_keep_coming_and_follow_the_truth(least: int, looks: int, signers: float, longest: int) -> None:
    grown = grows(least, looks, signers)
    assert grown.longest_wait <= longest
    last = grown.told[-1].by_country
    for country, many in grown.true.items():
        if country and many >= 4 * least:
            assert many - 4 * least < last[country] < many + least
    distinct = [cells for at, cells in enumerate(grown.told) if at == 0 or cells != grown.told[at - 1]]
    assert leaks_of_singles_and_totals(least, distinct) == []


def test_after_many_left_one_country_tallies_come_again_in_larger_steps() -> None:
    told = [Cells({"CZ": 60, "DE": 80}, merged=20)]
    many_left = {"CZ": 30, "DE": 85}
    assert next_cells(10, told, People(many_left, 0), 136) is None
    for weeks in range(1, 9):
        people = People({"CZ": 30, "DE": 85 + 10 * weeks}, 0)
        cells = next_cells(10, told, people, 136 + 11 * weeks)
        if cells is not None:
            told.append(cells)
    assert len(told) > 2
    assert told[-1].by_country["CZ"] == 30
    assert leaks(10, told) == []


def leaks_of_singles_and_totals(least: int, told: list[Cells]) -> list[str]:
    """Return what any two tallies show in one figure, in all, or in all but one: of 30 countries, not every sum."""
    found: list[str] = []
    shown = [cells.figures for cells in told]
    for at, before in enumerate(shown):
        for after in shown[at + 1 :]:
            moves = [after.get(name, 0) - before.get(name, 0) for name in before.keys() | after.keys()]
            sums = {*moves, sum(moves), *(sum(moves) - move for move in moves)}
            found += [f"{one} people" for one in sums if 0 < abs(one) < least]
    return found
