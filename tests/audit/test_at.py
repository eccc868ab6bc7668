"""The state of a log is shown as it was, at a size or at the end of a day."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from service.audit.__main__ import main
from tests.audit.builder import ORIGIN, Builder, hashed, vkey
from tests.audit.folder import write_log
from tests.audit.lies import TEXT, C, L, approves, closes, hands_over, letter, log_with_campaign


@pytest.fixture
def log() -> Builder:
    """Return a log of four days: signers, a letter, a corrected text, the end."""
    log = log_with_campaign(signers=10)
    letter(log)
    log.day = "2026-01-06"
    approves(log)
    log.add("campaign.text_corrected", campaign=C, text=hashed("new"), replaces=hashed(TEXT))
    for number in range(10, 15):
        log.signs(C, number, text=hashed("new"))
    log.withdraws(C, 0)
    log.day = "2026-01-08"
    hands_over(log)
    closes(log)
    return log


@pytest.fixture(params=["file", "folder", "archive"])
def source(request: pytest.FixtureRequest, log: Builder, tmp_path: Path) -> str:
    """Return the log as an exported file, as a published folder, and as an archive of it."""
    if request.param == "file":
        (tmp_path / "log.ndjson").write_bytes(b"".join(leaf + b"\n" for leaf in log.lines()))
        return str(tmp_path / "log.ndjson")
    copy = write_log(tmp_path / "log", log.lines())
    if request.param == "folder":
        return str(copy)
    with tarfile.open(tmp_path / "log.tar.gz", "w:gz") as packed:
        packed.add(copy, "log")
    return str(tmp_path / "log.tar.gz")


def state(source: str, when: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (tmp_path / "policy").write_text(f"log {vkey(ORIGIN, 1)}\nquorum none\n")
    assert main(["at", source, when, "--policy", str(tmp_path / "policy"), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_state_is_that_of_the_day_or_size(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for when, size, campaign, letter_state in (
        ("2026-01-05", 15, ("open", 10, 0), "composed"), ("2026-01-06", 23, ("open", 14, 1), "approved"),
        ("2026-01-07", 23, ("open", 14, 1), "approved"), ("2026-01-08", 25, ("closed", 14, 1), "handed over"),
        ("2027-01-01", 25, ("closed", 14, 1), "handed over"), ("14", 14, ("open", 10, 0), None),
        ("18", 18, ("open", 11, 0), "approved"),
    ):  # fmt: skip
        found = state(source, when, tmp_path, capsys)
        shown = found["campaigns"][C]
        assert (found["size"], (shown["state"], shown["active"], shown["withdrawn"])) == (size, campaign), when
        assert (found["letters"].get(L) or {"state": None})["state"] == letter_state, when
    assert state(source, "2026-01-06", tmp_path, capsys)["campaigns"][C]["by_text"] == {
        hashed(TEXT): 9, hashed("new"): 5
    }  # fmt: skip
    assert main(["at", source, "0", "--policy", str(tmp_path / "policy"), "--quiet"]) == 0


def test_a_moment_that_the_log_does_not_have_says_so(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state(source, "5", tmp_path, capsys)
    for when, said in (("26", "holds 25 entries only"), ("2025-12-31", "no entry up to 2025-12-31")):
        assert main(["at", source, when, "--policy", str(tmp_path / "policy")]) == 2
        assert said in capsys.readouterr().err
    for wrong in ("2026-02-30", "yesterday", "-1", "٣"):
        with pytest.raises(SystemExit) as ended:
            main(["at", source, wrong])
        assert ended.value.code == 2


def test_people_are_told_the_moment_and_the_texts(
    log: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log.ndjson").write_bytes(b"".join(leaf + b"\n" for leaf in log.lines()))
    assert main(["at", str(tmp_path / "log.ndjson"), "2026-01-06"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("the state at size 23, the end of 2026-01-06\n")
    assert f"5 signed the text {hashed('new')}" in said


def test_a_later_lie_in_a_published_log_is_an_error_still(log: Builder, tmp_path: Path) -> None:
    copy = write_log(tmp_path / "log", log.lines())
    bundle = copy / "tile/entries/000.p/25"
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"]")
    (tmp_path / "policy").write_text(f"log {vkey(ORIGIN, 1)}\nquorum none\n")
    assert main(["at", str(copy), "5", "--policy", str(tmp_path / "policy"), "--quiet"]) == 1
