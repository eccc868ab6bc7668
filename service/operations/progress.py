"""How a command shows that it goes on."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


def progress_display() -> Progress:
    """Return a progress display on standard error, shown only to a person."""
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
