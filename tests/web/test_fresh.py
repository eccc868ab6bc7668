"""Answers are kept for a moment, and failures not at all."""

from __future__ import annotations

import itertools

import pytest

from service.errors import NotFound
from service.web.fresh import KEPT_MAX, Fresh


def test_a_fresh_answer_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("service.web.fresh.time.monotonic", lambda: now[0])
    asked = itertools.count()
    fresh = Fresh(1.0)
    assert [fresh.get("a", lambda: next(asked)) for _ in range(3)] == [0, 0, 0]
    assert fresh.get("b", lambda: next(asked)) == 1
    now[0] += 1.0
    assert fresh.get("a", lambda: next(asked)) == 2


def test_an_age_of_nothing_asks_every_time() -> None:
    asked = itertools.count()
    fresh = Fresh(0)
    assert [fresh.get("a", lambda: next(asked)) for _ in range(2)] == [0, 1]


def test_what_failed_is_asked_again() -> None:
    fresh = Fresh(60)

    def refuse() -> None:
        raise NotFound

    with pytest.raises(NotFound):
        fresh.get("a", refuse)
    assert fresh.get("a", lambda: 1) == 1


def test_it_never_keeps_more_than_its_share() -> None:
    fresh = Fresh(60)
    for number in range(3 * KEPT_MAX):
        fresh.get(number, lambda: 1)
    assert len(fresh._kept) <= KEPT_MAX
