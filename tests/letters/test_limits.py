"""Typesetting happens in a process of its own that cannot run away, read files or reach other modules."""

from __future__ import annotations

import time

import pytest

from service.letters.typesetting import Limits, TypesettingFailed, typeset

PRINTED = {"made": {"year": 2026, "month": 3, "day": 2}}
HEAD = '#set document(title: "x")\n'


def test_it_stops_what_runs_for_ever() -> None:
    started = time.monotonic()
    endless = HEAD + "#let f(n) = { let i = 0; while i < 9000 { i += 1 } }\n#for a in range(999999) { f(a) }"
    with pytest.raises(TypesettingFailed):
        typeset(PRINTED, endless, None, Limits(seconds=2))
    assert time.monotonic() - started < 10


def test_it_stops_what_takes_all_memory() -> None:
    grows = HEAD + '#let s = "x" * 1000000\n#let all = range(0, 4000).map(n => s + str(n))\n#all.len()'
    with pytest.raises(TypesettingFailed, match="was not typeset"):
        typeset(PRINTED, grows, None, Limits(seconds=20))


@pytest.mark.parametrize(
    "code", ['#read("/etc/passwd")', '#read("../../../../etc/passwd")', '#import "@preview/cetz:0.3.4"']
)
def test_a_template_reads_no_file_and_fetches_nothing(code: str) -> None:
    with pytest.raises(TypesettingFailed):
        typeset(PRINTED, HEAD + code)


def test_it_says_what_is_wrong_with_a_template() -> None:
    with pytest.raises(TypesettingFailed, match="unknown variable: nonsense"):
        typeset(PRINTED, HEAD + "#nonsense")
