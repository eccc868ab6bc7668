"""The measurement of a renewal: it is ended and goes on until its key is destroyed, and says who was refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.errors import PetitionError
from service.operations import bench_rotate
from service.operations.bench_rotate import Renewal, measure_rotation, summary
from service.operations.bench_runs import Plan
from service.operations.demo_home import Home
from service.operations.processes import Address
from tests.faults.server import free_port

IMPATIENT = "from service.operations import rewrapping; rewrapping.SETTLED_S = 0; from service.cli import main; main()"


@pytest.mark.slow
def test_a_renewal_is_measured_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_rotate, "COMMAND", ("-c", IMPATIENT))
    monkeypatch.setattr(bench_rotate, "WARM_UP_S", 0.1)
    home = Home(tmp_path / "bench")
    home.make(fresh=False)
    lines = list(measure_rotation(Plan(1.0, 1, 4, None, Address("127.0.0.1", free_port())), home, 10.0, 1_200))
    assert [line["variant"] for line in lines[:2]] == ["usual", "rotation"]
    assert all((line["errors"], line["busy"]) == (0, 0) for line in lines)
    renewals = [line for line in lines if line["variant"] == "rotation"]
    assert [line["is_done"] for line in renewals] == [False] * (len(renewals) - 1) + [True]
    assert sum(line["records"] for line in renewals) == 1_200
    assert all(line["rewrap_peak_mb"] > 0 for line in renewals)
    assert [path.name for path in (home.folder / "keys").glob("kek-*")] == ["kek-2"]


def test_a_renewal_that_fails_gives_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_rotate, "COMMAND", ("-c", "raise SystemExit('no room')"))
    renewal = Renewal.begin({}, tmp_path / "backups")
    renewal.is_over.wait(60)
    with pytest.raises(PetitionError, match="ended with code 1: no room"):
        assert renewal.is_done


def line(variant: str, p99_ms: float, **changed: Any) -> dict[str, Any]:
    """Return a run's line as far as the summary reads it."""
    return {"variant": variant, "p50_ms": 10.0, "p99_ms": p99_ms, "errors": 0, "busy": 0, "other_share": 0.0,
            "keys_s": 5_000, "rewrap_peak_mb": 90} | changed  # fmt: skip


def test_the_ratio_is_of_medians_and_the_refused_are_told() -> None:
    lines = [line("usual", 50), line("rotation", 90), line("usual", 70, other_share=0.5), line("rotation", 90, busy=3)]
    assert summary(lines) == (
        "p50 10.0 and usually 10.0 ms, ratio 1.00; p99 90.0 and usually 60.0 ms, ratio 1.50; 5,000 keys/s at most; "
        "peak 90 MB; 3 refused or failed; 3 of 4 runs without busy neighbours"
    )
