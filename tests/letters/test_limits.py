"""Typesetting happens in a process of its own that cannot run away, read files or reach other modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.letters.typesetting import Limits, TypesettingFailed, typeset

PRINTED = {"made": {"year": 2026, "month": 3, "day": 2}}
HEAD = '#set document(title: "x")\n'
WELL = HEAD + '#set text(lang: "en", font: "Noto Serif")\nWords.'


def test_it_stops_what_runs_for_ever_and_goes_on() -> None:
    endless = HEAD + "#let f(n) = { let i = 0; while i < 9000 { i += 1 } }\n#for a in range(999999) { f(a) }"
    with pytest.raises(TypesettingFailed, match=r"not typeset within 2 s|more than 2 s of processor time"):
        typeset(PRINTED, endless, None, Limits(seconds=2))
    assert typeset(PRINTED, WELL).startswith(b"%PDF")


def test_it_stops_what_takes_all_memory_and_goes_on() -> None:
    grows = HEAD + '#let s = "x" * 1000000\n#let all = range(0, 4000).map(n => s + str(n))\n#all.len()'
    with pytest.raises(TypesettingFailed, match="it needed more than 512 MiB of memory"):
        typeset(PRINTED, grows, None, Limits(seconds=20, memory_bytes=512 * 1024**2))
    assert typeset(PRINTED, WELL).startswith(b"%PDF")


def test_it_says_so_if_its_process_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    child = tmp_path / "child.py"
    child.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n")
    monkeypatch.setattr("service.letters.typesetting.CHILD", child)
    with pytest.raises(TypesettingFailed, match="ended with status -15 and said nothing"):
        typeset(PRINTED, WELL)


@pytest.mark.parametrize(
    "code", ['#read("/etc/passwd")', '#read("../../../../etc/passwd")', '#import "@preview/cetz:0.3.4"']
)
def test_a_template_reads_no_file_and_fetches_nothing(code: str) -> None:
    with pytest.raises(TypesettingFailed):
        typeset(PRINTED, HEAD + code)


def test_it_says_what_is_wrong_with_a_template() -> None:
    with pytest.raises(TypesettingFailed, match="unknown variable: nonsense"):
        typeset(PRINTED, HEAD + "#nonsense")
