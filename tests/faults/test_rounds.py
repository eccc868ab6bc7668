"""A round of each fault among people who sign: nothing acknowledged is lost or doubled, and the published log verifies.

`FAULT_ROUNDS=3 ./petition test tests/faults` goes round three times; `tests/faults/run` does all there is to do.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.rounds import FAULTS, run_round
from tests.faults.scenes import SCENES

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
ONLY_BY_RUN = {  # what another one shows as well, and costs much time
    "mailer/sqlite", "clock-forward/sqlite", "worker/postgresql", "web-worker/postgresql", "web-master/postgresql",
    "everything/postgresql", "projections/postgresql", "database-restarted/postgresql", "database-killed/postgresql",
    "backend-killed/postgresql", "database-still/postgresql", "flood/postgresql", "clock-back/postgresql",
    "upgrade/postgresql", "typesetting/sqlite", "typesetting/postgresql", "typesetting-memory/postgresql",
}  # fmt: skip


def test_what_is_left_out_is_there() -> None:
    assert set(FAULTS) >= ONLY_BY_RUN


@pytest.mark.slow
@pytest.mark.parametrize("scene_name", list(SCENES))
def test_every_account_is_even(scene_name: str, tmp_path: Path) -> None:
    names = [name for name, fault in FAULTS.items() if fault.scene == scene_name and name not in ONLY_BY_RUN]
    with SCENES[scene_name](tmp_path) as scene:
        for _ in range(ROUNDS):
            for name in names:
                account = run_round(scene, FAULTS[name])
                assert account.is_well, f"{name}: {account}"
