"""What a tally may show: docs/log_format.md section 7.4, docs/design/PRIVACY.md sections 7 and 12.1."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.campaigns.tally import Cells, next_cells
from service.campaigns.views import People
from tests.campaigns.crowd import COUNTRIES, Crowd, Rule, Step, leaks, published, steps

M = 10
WHAT = ("sign", "sign", "withdraw", "erase")


def after(last: Cells, active: int, erased: int = 0, **by_country: int) -> Cells | None:
    return next_cells(M, [last] if last != Cells() else [], People(by_country, erased), active)


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
    assert after(last, 42, CZ=3, DE=20) == last
    assert after(last, 30, CZ=2, DE=20) == Cells({"DE": 20}, merged=10)
    assert after(last, 42, CZ=2, DE=20) is None  # all but CZ would move by 2 in DE and the rest
    assert after(last, 52, CZ=2, DE=20) == Cells({"DE": 20}, merged=32)


def test_a_fall_never_waits() -> None:
    last = Cells({"CZ": 40, "DE": 20}, merged=10)
    assert after(last, 70, CZ=28, DE=31) is None


def test_some_of_the_largest_rise_stays_in_the_rest_so_that_the_rest_shows_nobody() -> None:
    last = Cells({"CZ": 20, "DE": 20}, merged=10)
    assert after(last, 71, CZ=20, DE=35) == Cells({"CZ": 20, "DE": 31}, merged=20)
    assert after(last, 91, CZ=32, DE=43) == Cells({"CZ": 32, "DE": 39}, merged=20)
    assert after(Cells(), 103, CZ=100) == Cells({"CZ": 93}, merged=10)


def test_the_smallest_rise_waits_if_the_rest_would_show_too_few() -> None:
    last = Cells({"CZ": 20, "DE": 20}, merged=10)
    assert after(last, 65, CZ=31, DE=24) == Cells({"CZ": 20, "DE": 20}, merged=25)
    assert after(Cells(), 15, CZ=12) == Cells(merged=15)


def test_there_is_no_tally_if_the_rest_still_shows_too_few() -> None:
    last = Cells({"CZ": 20}, merged=10)
    assert after(last, 31, CZ=20) is None
    assert after(last, 12, CZ=12) is None  # a listed figure above the total


def test_one_person_between_the_first_and_the_third_tally_is_not_shown() -> None:
    earlier = [Cells({"DE": 10}, merged=10), Cells({"DE": 10}, merged=21)]
    assert leaks(M, [*earlier, Cells({"DE": 20}, merged=11)]) != []
    assert next_cells(M, earlier, People({"DE": 20}, 0), 31) == earlier[1]
    assert next_cells(M, earlier, People({"DE": 30}, 0), 41) == Cells({"DE": 20}, merged=21)


def test_a_text_signed_anew_states_its_total_at_once() -> None:
    old = [Cells({"CZ": 20, "DE": 15}, merged=10)]
    assert next_cells(M, old, People({"CZ": 12}, 0), 16) is None
    assert next_cells(M, old, People({"CZ": 12}, 0), 16, is_new_text=True) == Cells(merged=16)


def test_erased_people_move_in_steps_too() -> None:
    assert after(Cells(), 50, erased=9) == Cells(merged=50)
    assert after(Cells(), 50, erased=10) == Cells(merged=50, erased=10)
    assert after(Cells(merged=50, erased=10), 50, erased=19) == Cells(merged=50, erased=10)
    assert after(Cells(merged=50, erased=10), 50, erased=20) == Cells(merged=50, erased=20)


def test_without_countries_there_is_only_the_total() -> None:
    assert next_cells(0, Cells(merged=3), People({"CZ": 50}, 20), 4) == Cells(merged=4)


@given(st.sampled_from((5, 10)), steps)
@settings(deadline=None)
def test_no_two_tallies_show_what_fewer_than_the_minimum_did(least: int, happened: list[Step]) -> None:
    assert leaks(least, published(least, happened)) == []


@given(st.sampled_from((5, 10)), steps)
def test_parts_are_true_or_late_and_sum_to_the_total(least: int, happened: list[Step]) -> None:
    crowd, told = Crowd(), list[Cells]()
    for step in happened:
        crowd.does(step)
        cells = next_cells(least, told, crowd.people, crowd.active)
        if cells is not None:
            assert sum(cells.by_country.values()) + cells.merged == crowd.active
            assert min((cells.merged, *cells.by_country.values())) >= 0
            for country, many in cells.by_country.items():
                assert many < crowd.known[country] + least  # never far above the truth
            told.append(cells)


def one_too_few(least: int, earlier: Sequence[Cells], people: People, active: int) -> Cells | None:
    return next_cells(least - 1, earlier, people, active)


def forgets_all(least: int, _earlier: Sequence[Cells], people: People, active: int) -> Cells | None:
    return next_cells(least, [], people, active)


def knows_only_the_last(least: int, earlier: Sequence[Cells], people: People, active: int) -> Cells | None:
    return next_cells(least, earlier[-1:], people, active)


def shows_any_rest(least: int, earlier: Sequence[Cells], people: People, active: int) -> Cells | None:
    found = next_cells(least, earlier, people, active)
    last = earlier[-1] if earlier else Cells()
    listed = last.by_country if found is None else found.by_country
    return Cells(listed, active - sum(listed.values()), last.erased)


@pytest.mark.parametrize("broken", [one_too_few, forgets_all, knows_only_the_last, shows_any_rest])
def test_the_attacker_catches_a_rule_that_is_off(broken: Rule) -> None:
    assert any(leaks(M, published(M, lively(seed), broken)) for seed in range(50))


def test_the_attacker_finds_nothing_in_lively_stories() -> None:
    told = [published(M, lively(seed)) for seed in range(50)]
    assert not any(leaks(M, one) for one in told)
    assert sum(len(one) for one in told) > 400  # and something is told


def lively(seed: int) -> list[Step]:
    """Return a long story by chance."""
    chance = random.Random(seed)
    return [(chance.choice(WHAT), chance.choice(COUNTRIES), chance.randint(1, 14)) for _ in range(40)]
