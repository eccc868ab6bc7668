"""The measurement of typesetting: it measures the product's own documents, and tells what it missed."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from service.letters.typesetting import typeset
from service.operations.bench import bench
from service.operations.bench_letter import TARGETS, example_sources, measure, verdict
from service.operations.cli import COMMANDS
from tests.letters.validation import faults


def test_it_measures_the_letter_and_the_annexes_that_the_product_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []

    def kept(*arguments: object) -> bytes:
        made.append(typeset(*arguments))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr("service.operations.bench_letter.typeset", kept)
    letter, named, annex = measure(runs=1, names=40)
    assert [line["documents"] for line in (letter, named, annex)] == [1, 1, 1]
    assert [line["names"] for line in (letter, named, annex)] == [0, 40, 40]
    for line in (letter, named, annex):
        assert 0 < line["cpu_min_s"] <= line["cpu_s"] <= line["cpu_max_s"]
        assert line["memory_mb"] > 10
    assert [faults(pdf) for pdf in made] == [[], [], []]


def test_the_command_prints_a_line_for_each_and_says_whether_targets_were_met() -> None:
    assert bench in COMMANDS
    result = CliRunner().invoke(bench, ["letter", "--runs", "1", "--names", "3"])
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["what"] for line in lines] == [target.what for target in TARGETS] == ["letter", "names", "annex"]
    assert result.stderr.count("(target") == 6


def test_a_missed_target_is_said() -> None:
    line = {"what": "letter", "cpu_s": 0.1, "target_cpu_s": 0.1, "memory_mb": 250, "target_memory_mb": 250}
    assert verdict(line).endswith("met")
    assert "NOT met" in verdict(line | {"cpu_s": 0.2})
    assert "NOT met" in verdict(line | {"memory_mb": 251})


def test_its_names_are_of_several_scripts() -> None:
    rows = example_sources([(1, "ئۈلگە", "2026-03-01")]).rows
    assert rows == [(1, "ئۈلگە", "2026-03-01")]
