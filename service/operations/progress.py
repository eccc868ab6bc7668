"""How a command shows that it goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


def progress_display() -> Progress:
    """Return a progress display on standard error, shown only to a person."""
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())


@contextmanager
def counted_progress(what: str, count: int) -> Iterator[Callable[[int], None]]:
    """Show how much of a known number is done; yields a function that is told of each part."""
    with progress_display() as display:
        task = display.add_task(what, total=count)
        yield lambda done: display.advance(task, done)
