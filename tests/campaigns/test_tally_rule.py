"""What a tally may show: docs/log_format.md section 7.4, docs/design/PRIVACY.md sections 7 and 12.1."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.campaigns.tally import Cells, next_cells
from service.campaigns.views import People
from tests.campaigns.crowd import COUNTRIES, Rule, Step, leaks, published, steps

M = 10
WHAT = ("sign", "sign", "withdraw", "erase")


def after(last: Cells, active: int, erased: int = 0, **by_country: int) -> Cells | None:
    return next_cells(M, last, People(by_country, erased), active)


def test_a_country_is_listed_from_the_minimum_on_and_the_rest_is_merged() -> None:
    assert after(Cells(), 41, CZ=10, DE=9, TR=12, FR=1) == Cells({"CZ": 10, "TR": 12}, merged=19)
    assert after(Cells(), 32, CZ=10, TR=12) == Cells({"CZ": 10, "TR": 12}, merged=10)


def test_nobody_listed_leaves_only_the_total() -> None:
    assert after(Cells(), 12, CZ=9, DE=3) == Cells(merged=12)


def test_a_figure_stays_until_the_true_one_is_the_minimum_away() -> None:
    last = Cells({"CZ": 20}, merged=30)
    assert after(last, 50, CZ=29, DE=9) == Cells({"CZ": 20}, merged=30)
    assert after(last, 60, CZ=29) == Cells({"CZ": 20}, merged=40)
    assert after(last, 60, CZ=30) == Cells({"CZ": 30}, merged=30)


def test_a_country_that_fell_below_the_minimum_is_dropped_in_one_step() -> None:
    last = Cells({"CZ": 12, "DE": 20}, merged=10)
    assert after(last, 42, CZ=3, DE=20) == Cells({"CZ": 12, "DE": 20}, merged=10)
    assert after(last, 42, CZ=2, DE=20) == Cells({"DE": 20}, merged=22)


def test_the_smallest_change_waits_if_the_rest_would_show_too_few() -> None:
    last = Cells({"CZ": 20, "DE": 20}, merged=10)
    assert after(last, 71, CZ=20, DE=35) == Cells({"CZ": 20, "DE": 20}, merged=31)
    assert after(last, 91, CZ=32, DE=43) == Cells({"CZ": 20, "DE": 43}, merged=28)


def test_there_is_no_tally_if_the_rest_still_shows_too_few() -> None:
    last = Cells({"CZ": 20}, merged=10)
    assert after(last, 31, CZ=20) is None
    assert after(last, 12, CZ=12) is None  # a listed figure above the total


def test_a_rest_of_a_few_beside_the_first_countries_is_not_shown() -> None:
    assert after(Cells(), 103, CZ=100) == Cells(merged=103)
    assert after(Cells(), 123, CZ=100, DE=20) == Cells({"CZ": 100}, merged=23)


def test_erased_people_move_in_steps_too() -> None:
    assert after(Cells(), 50, erased=9) == Cells(merged=50)
    assert after(Cells(), 50, erased=10) == Cells(merged=50, erased=10)
    assert after(Cells(merged=50, erased=10), 50, erased=19) == Cells(merged=50, erased=10)
    assert after(Cells(merged=50, erased=10), 50, erased=20) == Cells(merged=50, erased=20)


def test_without_countries_there_is_only_the_total() -> None:
    assert next_cells(0, Cells(merged=3), People({"CZ": 50}, 20), 4) == Cells(merged=4)


@given(st.sampled_from((5, 10)), steps)
def test_no_two_tallies_in_turn_show_what_fewer_than_the_minimum_did(least: int, happened: list[Step]) -> None:
    assert leaks(least, published(least, happened)) == []


@given(st.sampled_from((5, 10)), steps)
def test_parts_sum_to_the_total(least: int, happened: list[Step]) -> None:
    for total, cells in published(least, happened):
        assert sum(cells.by_country.values()) + cells.merged == total
        assert min((cells.merged, *cells.by_country.values())) >= 0


def one_too_few(least: int, before: Cells, people: People, active: int) -> Cells | None:
    return next_cells(least - 1, before, people, active)


def forgets_the_last(least: int, _before: Cells, people: People, active: int) -> Cells | None:
    return next_cells(least, Cells(), people, active)


def shows_any_rest(least: int, before: Cells, people: People, active: int) -> Cells | None:
    found = next_cells(least, before, people, active)
    listed = before.by_country if found is None else found.by_country
    return Cells(listed, active - sum(listed.values()), before.erased)


@pytest.mark.parametrize("broken", [one_too_few, forgets_the_last, shows_any_rest])
def test_the_attacker_catches_a_rule_that_is_off(broken: Rule) -> None:
    chance = random.Random(1)
    found: list[str] = []
    for _ in range(50):
        happened = [(chance.choice(WHAT), chance.choice(COUNTRIES), chance.randint(1, 14)) for _ in range(40)]
        assert leaks(M, published(M, happened)) == []
        found += leaks(M, published(M, happened, broken))
    assert found
