"""A person carries a letter to its office, and enters what they bring back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.errors import Refused
from service.letters.bundle import MANUAL, STEPS, Way, write_bundle
from service.letters.commands import HandOverLetter
from service.letters.evidence import open_document, open_evidence
from service.letters.manual import SCAN_MAX_BYTES, STARTS, hand_over, read_scan
from service.letters.tables import letter_delivery
from tests.letters.conftest import changes
from tests.letters.delivery.conftest import Dispatch


def carries(dispatch: Dispatch, scan: Path | None = None, day: str = "2026-03-02") -> None:
    kept = read_scan(scan) if scan else None
    command = HandOverLetter(dispatch.letter, "post", "RR 123", day, kept, "a_olga", dispatch.office.clock.now())
    hand_over(command, dispatch.appeal.log, dispatch.office.desk.keys)


def test_the_bundle_holds_the_files_their_hashes_and_the_steps(dispatch: Dispatch, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    steps = write_bundle(dispatch.appeal.log, dispatch.letter, Way("post", "en"), folder)
    listed = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert {"istanbul-two-L1-tr.pdf", "istanbul-two-L1-tr.txt", "istanbul-two-L1-annex-a-tr.pdf"} <= set(listed)
    for name, found in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == found
    assert (folder / "STEPS.txt").read_text().splitlines() == steps
    assert any("ANAYASA MAHKEMESİ BAŞKANLIĞINA" in line for line in steps)
    assert any(f"petition letter handed-over {dispatch.letter} --channel post" in line for line in steps)
    assert not any("petition letter slip" in line for line in steps)  # no package waits for its office
    with pytest.raises(Refused, match="new folder"):
        write_bundle(dispatch.appeal.log, dispatch.letter, Way("post", "en"), folder)


@pytest.mark.parametrize("language", STEPS)
def test_every_language_has_steps_for_every_channel(language: str) -> None:
    assert set(STEPS[language]) == set(STEPS["en"])
    assert {channel: len(STEPS[language][channel]) for channel in MANUAL} == {
        channel: len(STEPS["en"][channel]) for channel in MANUAL
    }
    assert all("{slip}" in STEPS[language][step] for step in ("slip", "link"))
    assert bool(STEPS[language]["machine"]) == (STEPS[language]["state"] == "machine")


def test_what_was_brought_back_is_sealed_and_its_hash_is_in_the_log(dispatch: Dispatch, tmp_path: Path) -> None:
    scan = tmp_path / "slip.png"
    scan.write_bytes(STARTS["image/png"] + b"a slip")
    carries(dispatch, scan)
    (event,) = dispatch.events()
    evidence = str(getattr(event, "evidence", ""))
    with dispatch.appeal.database.read() as connection:
        keys = dispatch.office.desk.keys
        record = open_evidence(connection, keys, evidence)
        assert open_document(connection, keys, evidence) == (scan.read_bytes(), "image/png")
    assert (record["receipt"], record["on"], record["entered_by"]) == ("RR 123", "2026-03-02", "a_olga")
    assert dispatch.state == "handed_over"
    dispatch.appeal.follow()
    dispatch.audited()


def test_the_same_receipt_twice_gives_another_hash(dispatch: Dispatch) -> None:
    carries(dispatch)
    second = dispatch.composes()
    dispatch.approves(second)
    dispatch.letter = second
    carries(dispatch)
    hashes = {row["hash"] for row in dispatch.evidence()}
    assert len(hashes) == 2


@pytest.mark.parametrize("day", ["2026-03-03", "2026-03-01"])
def test_a_day_that_cannot_be_is_refused(dispatch: Dispatch, day: str) -> None:
    with pytest.raises(Refused, match="cannot be"):
        carries(dispatch, day=day)
    assert dispatch.evidence() == []


def test_only_scans_are_taken_and_no_larger_than_20_megabytes(tmp_path: Path) -> None:
    (tmp_path / "slip.pdf").write_bytes(b"<html>not a scan</html>")
    with pytest.raises(Refused, match="no PDF, PNG or JPEG"):
        read_scan(tmp_path / "slip.pdf")
    with open(tmp_path / "large.pdf", "wb") as file:
        file.write(b"%PDF-")
        file.truncate(SCAN_MAX_BYTES + 1)
    with pytest.raises(Refused, match="20 MB"):
        read_scan(tmp_path / "large.pdf")


def test_what_waits_for_the_worker_is_recalled_before_somebody_carries_it(dispatch: Dispatch) -> None:
    dispatch.queues()
    with pytest.raises(Refused, match="queued"):
        carries(dispatch)
    with dispatch.appeal.database.read() as connection:
        assert connection.execute(sa.select(letter_delivery.c.mark)).scalar_one() == "queued"


def test_a_draft_of_a_real_appeal_is_not_carried_anywhere(dispatch: Dispatch, tmp_path: Path) -> None:
    changes(dispatch.appeal, demonstration=False)
    with pytest.raises(Refused, match="stamped"):
        write_bundle(dispatch.appeal.log, dispatch.letter, Way("post", "en"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
