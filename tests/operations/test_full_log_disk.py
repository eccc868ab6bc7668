"""Log lines that cannot be written are lost, and nothing else is."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import TextIO

import pytest
import structlog

from service.operations.logging import configure_logging


@pytest.fixture
def full_disk() -> Iterator[TextIO]:
    """Return a file of which every byte is refused, as on a full disk."""
    with open("/dev/full", "wb", buffering=0) as file:
        yield io.TextIOWrapper(file, write_through=True)  # type: ignore[arg-type]


def test_a_line_that_does_not_fit_on_the_disk_stops_nobody(full_disk: TextIO, monkeypatch: pytest.MonkeyPatch) -> None:
    before = structlog.get_config()
    monkeypatch.setattr(sys, "stderr", full_disk)
    try:
        configure_logging()
        for _ in range(1000):  # more than any buffer takes
            structlog.get_logger().info("request", route="/")
    finally:
        structlog.configure(**before)
