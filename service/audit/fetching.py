"""Does jobs several at a time and hands on their results in order, with few of them waiting in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")


def in_order(work: Callable[[Given], Found], items: Iterable[Given], workers: int) -> Iterator[Found]:
    """Yield what the work makes of each item; at most twice as many results as workers wait at any moment."""
    if workers <= 1:
        yield from map(work, items)
        return
    rest, waiting = iter(items), deque[Future[Found]]()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="fetch")
    try:
        for item in islice(rest, 2 * workers):
            waiting.append(pool.submit(work, item))
        while waiting:
            found = waiting.popleft().result()
            for item in islice(rest, 1):
                waiting.append(pool.submit(work, item))
            yield found
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
