"""Answers are kept for a moment, and failures not at all."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace

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


def test_a_crowd_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    somebody_waits = threading.Event()

    class WatchedLock:
        def __init__(self) -> None:
            self.lock = lock()

        def __enter__(self) -> None:
            if self.lock.locked():
                somebody_waits.set()
            self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    lock = threading.Lock
    monkeypatch.setattr("service.web.fresh.threading", SimpleNamespace(Lock=WatchedLock))
    asked, fresh = itertools.count(), Fresh(60)
    with ThreadPoolExecutor(2) as pool:

        def ask() -> int:
            others.append(pool.submit(fresh.get, "a", lambda: next(asked)))
            assert somebody_waits.wait(30)
            return next(asked)

        others: list[Future[int]] = []
        assert pool.submit(fresh.get, "a", ask).result() == 0
        assert [other.result() for other in others] == [0]
    assert next(asked) == 1
