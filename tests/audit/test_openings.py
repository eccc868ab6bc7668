"""With an opening a supporter shows whom an entry stands for; every other name, address or value is refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from service.audit.__main__ import main
from service.audit.openings import BadOpening, commitment_of, read_opening
from tests.audit.builder import Builder
from tests.audit.folder import signed_checkpoint
from tests.audit.lies import C, log_with_campaign
from tests.audit.test_published import receipt
from tests.audit.witnesses import cosigned, seconds, witness

LEAF: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "leaf.json").read_text())


def b64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


OPENING: dict[str, Any] = {
    "v": 1, "contact": {"email": LEAF["email"]}, "person": LEAF["person_record"],
    **{name: b64url(bytes.fromhex(LEAF[f"{name}_hex"])) for name in ("r1", "r2", "r3")},
}  # fmt: skip


def written(opening: dict[str, Any]) -> bytes:
    return json.dumps(opening, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def checked(folder: Path, opening: bytes, proof: bytes | None = None, *options: str) -> int:
    (folder / "policy").write_text(f"log {LEAF['log_vkey']}\nquorum none\n")
    (folder / "mine.json").write_bytes(opening)
    (folder / "mine.tlog-proof").write_bytes(LEAF["receipt_of_leaf_1"].encode() if proof is None else proof)
    files = ["--policy", str(folder / "policy"), "--opening", str(folder / "mine.json")]
    return main(["receipt", str(folder / "mine.tlog-proof"), *files, *options])


def test_the_opening_of_the_vectors_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commitment_of(read_opening(written(OPENING))) == LEAF["commitment"]
    assert checked(tmp_path, written(OPENING)) == 0
    assert "the entry stands for Anna Nováková, CZ, anna@example.org" in capsys.readouterr().out
    assert checked(tmp_path, written(OPENING) + b"\n") == 0


@pytest.mark.parametrize("changed", [
    {"contact": {"email": "anne@example.org"}}, {"person": {"name": "Anna Nováková"}}, {"r1": OPENING["r2"]},
    {"person": {"name": "Anna Novákova", "country": "CZ"}}, {"person": {"name": "Anna Nováková", "country": "SK"}},
    {"r2": OPENING["r3"]}, {"r3": OPENING["r1"]},
])  # fmt: skip
def test_another_name_address_country_or_value_does_not_open_it(
    changed: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(tmp_path, written(OPENING | changed)) == 1
    assert "it opens" in capsys.readouterr().out


@pytest.mark.parametrize("content", [
    b"", b"[]", b"\xff", b"{" * 5000, json.dumps(OPENING).encode(), written(OPENING | {"v": 2}),
    written(OPENING | {"extra": 1}), written({name: OPENING[name] for name in OPENING if name != "r3"}),
    written(OPENING | {"r1": OPENING["r1"][:-1] + "B"}), written(OPENING | {"r1": OPENING["r1"] + "=="}),
    written(OPENING | {"r1": b64url(bytes(63))}), written(OPENING | {"r1": "é" * 86}),
    written(OPENING | {"person": {"name": "Anna Nova\u0301kova\u0301"}}), written(OPENING | {"person": {"name": ""}}),
    written(OPENING | {"person": {"name": "A", "country": "XX"}}), written(OPENING | {"contact": {"email": ""}}),
    written(OPENING | {"person": {"name": None}}), b" " + written(OPENING), bytes(70_000),
    written(OPENING).replace(b'"v":1', b'"v":1,"v":1'), written(OPENING).replace(b"Anna", b"\\u0041nna"),
])  # fmt: skip
def test_what_is_not_exactly_an_opening_is_refused(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadOpening):
        read_opening(content)
    assert checked(tmp_path, content) == 1
    assert "the opening does not hold" in capsys.readouterr().out


def test_an_entry_without_a_commitment_has_no_opening(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = log_with_campaign(signers=2).lines()
    assert checked(tmp_path, written(OPENING), receipt(lines, 0)) == 1
    assert "no commitment" in capsys.readouterr().out


def test_a_name_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opening = OPENING | {"person": {"name": "Eve\u001b[2J"}}
    log = log_with_campaign(signers=0)
    log.signs(C, 1, commitment=commitment_of(read_opening(written(opening))))
    assert checked(tmp_path, written(opening), receipt(log.lines(), 4)) == 0
    assert "Eve\\x1b[2J" in capsys.readouterr().out


def test_a_receipt_needs_the_quorum_of_the_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Builder().lines()
    bare, note = receipt(lines, 0), signed_checkpoint(lines)
    seen = bare.replace(note, cosigned(note, seconds("2026-01-05T12:00:00"), 1))
    (tmp_path / "policy").write_text(f"log {LEAF['log_vkey']}\nwitness w {witness(1)}\nquorum w\n")
    path = tmp_path / "mine.tlog-proof"
    for content, code in (
        (bare, 1), (cosigned(bare, 1, 2), 1), (seen, 0),
    ):  # fmt: skip
        path.write_bytes(content)
        assert main(["receipt", str(path), "--policy", str(tmp_path / "policy")]) == code
    assert "it was there before 2026-01-05T12:00:00Z, says witness.example/1" in capsys.readouterr().out


def test_machines_read_the_same_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def found(code: int, *given: Any) -> Any:
        assert checked(tmp_path, *given, "--json") == code
        return json.loads(capsys.readouterr().out)

    right = found(0, written(OPENING), None)
    assert (right["holds"], right["index"], right["opening"]["name"]) == (True, 1, "Anna Nováková")
    other = found(1, written(OPENING | {"r1": OPENING["r2"]}), None)
    assert (other["holds"], other["opening"]["holds"]) == (True, False)
    assert found(1, written(OPENING), b"nothing")["holds"] is False
