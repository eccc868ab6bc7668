"""Two views of a log are consistent, or a split view that is proved by one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.audit.__main__ import main
from service.audit.comparing import read_evidence
from service.audit.notes import BadNote
from service.audit.policy import read_policy
from tests.audit.builder import ORIGIN, vkey
from tests.audit.folder import signed_checkpoint, write_log
from tests.audit.lies import log_with_campaign
from tests.audit.test_published import receipt

POLICY = f"log {vkey(ORIGIN, 1)}\nquorum none\n"
LINES = log_with_campaign(signers=600).lines()
OTHER = [*LINES[:299], LINES[300], LINES[299], *LINES[301:]]  # two entries have changed places


def compared(folder: Path, *views: str) -> int:
    (folder / "policy").write_text(POLICY)
    return main(["compare", *views, "--policy", str(folder / "policy"), "--out", str(folder / "split")])


def note(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


@pytest.mark.parametrize("size", [1, 256, 300, 604])
def test_a_prefix_is_consistent(tmp_path: Path, capsys: pytest.CaptureFixture[str], size: int) -> None:
    copy = str(write_log(tmp_path / "log", LINES))
    for known in (signed_checkpoint(LINES[:size]), receipt(LINES[:size], 0)):
        assert compared(tmp_path, note(tmp_path, "known", known), copy) == 0
        assert compared(tmp_path, copy, str(tmp_path / "known")) == 0
        assert "verdict: consistent" in capsys.readouterr().out
    older = str(write_log(tmp_path / "older", LINES[:size]))
    assert compared(tmp_path, older, copy) == 0
    assert not (tmp_path / "split").exists()


def test_two_roots_for_a_size_are_a_split_view_in_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    views = [note(tmp_path, name, signed_checkpoint(lines)) for name, lines in (("a", LINES), ("b", OTHER))]
    assert compared(tmp_path, *views) == 1
    said = capsys.readouterr().out
    assert "SPLIT VIEW" in said
    for view in views:
        assert Path(view).read_text() in said
        assert Path(view).read_bytes() in (tmp_path / "split").read_bytes()
    assert compared(tmp_path, str(tmp_path / "split")) == 1
    assert "proves a SPLIT VIEW of petition.example/log" in capsys.readouterr().out


@pytest.mark.parametrize("size", [300, 512, 513, 603])
def test_a_checkpoint_that_is_no_prefix_is_proved_by_the_tiles(tmp_path: Path, size: int) -> None:
    copy = str(write_log(tmp_path / "log", LINES))
    assert compared(tmp_path, note(tmp_path, "known", signed_checkpoint(OTHER[:size])), copy) == 1
    small, large = read_evidence((tmp_path / "split").read_bytes(), read_policy(POLICY))
    assert (small.size, large.size) == (size, 604)
    assert compared(tmp_path, str(tmp_path / "split")) == 1


def test_a_false_or_damaged_split_view_proves_nothing(tmp_path: Path) -> None:
    copy = str(write_log(tmp_path / "log", LINES))
    compared(tmp_path, note(tmp_path, "known", signed_checkpoint(OTHER[:300])), copy)
    right = (tmp_path / "split").read_bytes()
    a, b = signed_checkpoint(LINES[:300]), signed_checkpoint(LINES)
    head, proof = b"petition-split-view/v1\n", right[right.index(b"root 300") :]
    made = [
        head + b"note %d\n" % len(first) + first + b"note %d\n" % len(second) + second + rest
        for first, second, rest in (
            (a, b, proof),
            (a, b, b""),
            (b, a, proof),
            (a, a, b""),
            (b, b, proof),
            (a, a[:-3], b""),
        )
    ]
    cut = [right[:end] for end in range(0, len(right), 37)]
    flipped = [right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :] for at in range(0, len(right), 5)]
    for wrong in (*made, *cut, *flipped, right + b"x", b"", head + b"note -1\n", head + b"note \xd9\xa3\n"):
        with pytest.raises(BadNote):
            read_evidence(wrong, read_policy(POLICY))
    assert compared(tmp_path, note(tmp_path, "wrong", made[0])) == 2


def test_what_cannot_be_compared_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = write_log(tmp_path / "log", LINES)
    small, large = note(tmp_path, "a", signed_checkpoint(LINES[:300])), note(tmp_path, "b", signed_checkpoint(LINES))
    assert compared(tmp_path, small, large) == 2
    assert "give the log or the copy" in capsys.readouterr().out
    assert compared(tmp_path, small, note(tmp_path, "c", signed_checkpoint(LINES, 9))) == 2
    other = f"{POLICY.partition('quorum')[0]}log {vkey('other.example/log', 9)}\nquorum none\n"
    (tmp_path / "two").write_text(other)
    note(tmp_path, "d", signed_checkpoint(LINES, 9, "other.example/log"))
    assert main(["compare", small, str(tmp_path / "d"), "--policy", str(tmp_path / "two")]) == 2
    assert "two different logs" in capsys.readouterr().err
    tile = copy / "tile/0/001"
    right = tile.read_bytes()
    for wrong in (right[:100], bytes([right[0] ^ 1]) + right[1:]):
        tile.write_bytes(wrong)
        assert compared(tmp_path, small, str(copy)) == 1
        assert "not proved" in capsys.readouterr().out
    assert not (tmp_path / "split").exists()


def test_an_empty_log_is_a_prefix_of_every_other(tmp_path: Path) -> None:
    copy = str(write_log(tmp_path / "log", LINES))
    assert compared(tmp_path, note(tmp_path, "known", signed_checkpoint([])), copy) == 0


def test_machines_read_the_same_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = (note(tmp_path, name, signed_checkpoint(lines)) for name, lines in (("a", LINES), ("b", OTHER)))
    for views, verdict, code in (((a, a), "consistent", 0), ((a, b), "split view", 1)):
        assert compared(tmp_path, *views, "--json") == code
        found = json.loads(capsys.readouterr().out)
        assert (found["verdict"], [view["size"] for view in found["views"]]) == (verdict, [604, 604])
        assert [view["note"] for view in found["views"]] == [Path(view).read_text() for view in views]
    assert compared(tmp_path, str(tmp_path / "split"), "--json") == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "split view"
    assert compared(tmp_path, note(tmp_path, "c", signed_checkpoint(LINES[:300])), a, "--json") == 2
    assert json.loads(capsys.readouterr().out)["verdict"] == "not proved"
