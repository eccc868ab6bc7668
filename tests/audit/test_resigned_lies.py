"""An operator who rewrites history and signs it properly is caught by what somebody kept from before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from service.audit.__main__ import main
from service.audit.replay import replay
from service.audit.verifying import Terms, verify_log
from tests.audit.builder import ORIGIN, vkey
from tests.audit.folder import signed_checkpoint, write_log
from tests.audit.lies import log_with_campaign
from tests.audit.test_published import receipt

Lie = Callable[[list[bytes]], list[bytes]]
RIGHT = log_with_campaign(signers=500, opens="2026-01-01").lines()
PLACE = 200  # the entry that is lied about
OLD = 300  # the size that somebody kept

DROPPED: Lie = lambda lines: lines[:PLACE] + lines[PLACE + 1 :]  # noqa: E731 - a table of lies reads better
DOUBLED: Lie = lambda lines: [*lines[:PLACE], lines[PLACE], *lines[PLACE:]]  # noqa: E731
SWAPPED: Lie = lambda lines: [*lines[:PLACE], lines[PLACE + 1], lines[PLACE], *lines[PLACE + 2 :]]  # noqa: E731
BACK_DATED: Lie = lambda lines: [  # noqa: E731
    *lines[:PLACE], lines[PLACE].replace(b"2026-01-05", b"2026-01-04"), *lines[PLACE + 1 :]
]  # fmt: skip
INSERTED: Lie = lambda lines: [*lines[:PLACE], log_with_campaign(signers=501).lines()[-1], *lines[PLACE:]]  # noqa: E731
SHORTENED: Lie = lambda lines: lines[: OLD - 1]  # noqa: E731
LIES = {
    "dropped": DROPPED, "doubled": DOUBLED, "swapped": SWAPPED, "back-dated": BACK_DATED, "inserted": INSERTED,
    "shortened": SHORTENED,
}  # fmt: skip


@pytest.fixture(params=LIES, ids=list(LIES))
def lie(request: pytest.FixtureRequest) -> list[bytes]:
    """Return the rewritten log."""
    return LIES[request.param](RIGHT)


@pytest.fixture
def copy(lie: list[bytes], tmp_path: Path) -> Path:
    """Return the rewritten log, published and signed by the log's own key."""
    (tmp_path / "policy").write_text(f"log {vkey(ORIGIN, 1)}\nquorum none\n")
    return write_log(tmp_path / "log", lie)


@pytest.mark.parametrize("kept", [signed_checkpoint(RIGHT[:OLD]), receipt(RIGHT[:OLD], 7), receipt(RIGHT[:OLD], PLACE)])
def test_what_was_kept_catches_it(copy: Path, kept: bytes) -> None:
    known, policy = copy.parent / "known", copy.parent / "policy"
    known.write_bytes(kept)
    report = verify_log(str(copy), policy, lambda done, total: None, [known])
    assert [error.field for error in report.errors if error.index < 0] == ["known"]
    since = verify_log(str(copy), policy, lambda done, total: None, (), Terms(since=known))
    assert [error.field for error in since.errors] == ["since"]
    assert since.exit_code == report.exit_code == 1


def test_comparing_makes_it_public(copy: Path, lie: list[bytes], capsys: pytest.CaptureFixture[str]) -> None:
    known, policy, out = copy.parent / "known", copy.parent / "policy", copy.parent / "split"
    known.write_bytes(signed_checkpoint(RIGHT[:OLD]))
    code = main(["compare", str(copy), str(known), "--policy", str(policy), "--out", str(out)])
    # A shortened log is no proof by itself: what is missing might only be late.
    assert (code, out.exists()) == ((2, False) if len(lie) < OLD else (1, True))
    assert capsys.readouterr().out


def test_a_doubled_entry_breaks_a_rule_besides() -> None:
    assert [error.index for error in replay(DOUBLED(RIGHT)).errors] == [PLACE + 1]


def test_an_inserted_entry_breaks_no_rule_and_only_what_was_kept_tells() -> None:
    report = replay(INSERTED(RIGHT))
    assert (report.errors, sum(campaign.active for campaign in report.campaigns.values())) == ([], 501)


def test_the_right_log_is_caught_by_nothing(tmp_path: Path) -> None:
    copy, known = write_log(tmp_path / "log", RIGHT), tmp_path / "known"
    (tmp_path / "policy").write_text(f"log {vkey(ORIGIN, 1)}\nquorum none\n")
    known.write_bytes(receipt(RIGHT[:OLD], PLACE))
    assert verify_log(str(copy), tmp_path / "policy", lambda done, total: None, [known]).exit_code == 0
