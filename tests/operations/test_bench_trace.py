"""A replayed history: the same from the same seed, all of it acknowledged, recorded and counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import PetitionError
from service.operations.bench import bench
from service.operations.bench_history import make_history, moments, read_history
from service.operations.bench_trace import Seen
from tests.ports import free_port


@settings(deadline=None)
@given(st.integers(1, 5_000), st.integers(1, 90), st.integers(0, 9))
def test_a_history_has_as_many_signatures_as_asked_in_order(total: int, minutes: int, seed: int) -> None:
    history = make_history(total, minutes, seed)
    assert history == make_history(total, minutes, seed)
    assert sum(each.signatures for each in history) == total
    assert len(history) == minutes
    found = list(moments(history, "signatures", 10, seed))
    assert found == sorted(found)
    assert len(found) == total
    assert all(0 <= at < minutes * 6 for at in found)


def test_a_line_that_is_no_minute_is_named(tmp_path: Path) -> None:
    (tmp_path / "day.jsonl").write_text('{"minute": 0, "signatures": 1, "reads": 2}\n{"minute": 1}\n')
    with pytest.raises(PetitionError, match=":2 is no minute"):
        read_history(tmp_path / "day.jsonl")


def test_staleness_is_from_the_acknowledgement_to_the_first_reader_who_saw_it() -> None:
    seen = Seen(acknowledged=[10.0, 12.0], counts=[(9.0, 0), (10.5, 1), (11.0, 0), (15.0, 2)])
    assert seen.staleness_s() == [0.5, 3.0]


@pytest.mark.slow
def test_nothing_of_a_replayed_history_is_lost(tmp_path: Path) -> None:
    runner, day, drawn = CliRunner(), str(tmp_path / "day.jsonl"), tmp_path / "day.svg"
    assert runner.invoke(bench, ["trace", "--make", day, "--total", "40", "--minutes", "1"]).exit_code == 0
    arguments = ["trace", day, "--speed", "20", "--port", str(free_port()), "--folder", str(tmp_path / "var")]
    answer = runner.invoke(bench, [*arguments, "--connections", "8", "--svg", str(drawn)], catch_exceptions=False)
    line = json.loads(answer.output)
    assert answer.exit_code == 0
    assert (line["errors"], line["lost"]) == (0, 0)
    assert line["acknowledged"] == line["recorded"] == line["counted"] == 40
    assert line["stale_p50_s"] <= line["stale_p99_s"] <= line["stale_max_s"]
    assert drawn.read_text().startswith("<svg")
