"""The made-up log of the replay's measurement keeps every rule, and a replay that finds something has no figure."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from service.operations.bench import bench
from service.operations.bench_log import write_log
from service.operations.bench_replay import measure

HASHING = {"floor": 1.0, "tree": 1.1}
ENTRIES = 51_000  # letters come every 50,000


def test_it_prints_a_line_a_run(tmp_path: Path) -> None:
    result = CliRunner().invoke(bench, ["replay", "--entries", str(ENTRIES), "--runs", "1", "--folder", str(tmp_path)])
    assert result.exit_code == 0, result.output
    line = json.loads(next(each for each in result.output.splitlines() if each.startswith("{")))
    assert (line["entries"], line["seed"]) == (ENTRIES, 1)
    assert min(line[name] for name in ("entries_s_core", "peak_mb", "floor_us", "hashing_ratio", "replay_ratio")) > 0
    assert not list(tmp_path.iterdir())


def test_a_seed_makes_one_log_with_every_kind_of_entry(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_log(tmp_path / name, ENTRIES, seed)
    first, second, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == second != other
    kinds = {json.loads(line)["type"] for line in gzip.decompress(first).splitlines()}
    assert {"signature.renewed", "signature.invalidated", "tally.published", "letter.handed_over"} <= kinds


def test_a_log_with_an_error_gives_no_figure(tmp_path: Path) -> None:
    write_log(tmp_path / "log.gz", 1000, 1)
    lines = gzip.decompress((tmp_path / "log.gz").read_bytes()).splitlines(keepends=True)
    (tmp_path / "log.gz").write_bytes(gzip.compress(b"".join([*lines, lines[-1]])))
    with pytest.raises(click.ClickException, match="nothing was measured"):
        measure(tmp_path / "log.gz", 1001, HASHING)
