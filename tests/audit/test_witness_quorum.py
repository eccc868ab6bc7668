"""A checkpoint holds only with the cosignatures that the auditor's own policy asks for."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest

from service.audit.__main__ import main
from service.audit.merkle import inclusion_proof, leaf_hash
from service.audit.notes import BadNote, parse_note
from service.audit.verifying import verify_log
from service.audit.witness_key import WitnessKey
from service.audit.witness_quorum import STALE_S, check_quorum, read_quorum
from tests.audit.builder import ORIGIN, Builder, vkey
from tests.audit.folder import signed_checkpoint, write_log

NOW = 1_790_000_000
KEYS = [WitnessKey(f"witness.example/w{number}", bytes([number]) * 32) for number in (2, 3, 4)]
WITNESSES = "".join(f"witness {key.name[-2:]} {key.vkey}\n" for key in KEYS)
TWO_OF_THREE = f"log {vkey(ORIGIN, 1)}\n{WITNESSES}group q 2 w2 w3 w4\nquorum q\n"


def cosigned(note: bytes, *keys: WitnessKey, at: int = NOW) -> bytes:
    """Return a checkpoint with the cosignatures of these keys."""
    text = parse_note(note).text
    return note + "".join(key.cosign(text, at) for key in keys).encode()


def found(note: bytes, policy: str = TWO_OF_THREE, now: int = NOW) -> list[tuple[bool, str]]:
    """Return whether each problem is an error, and what was found."""
    return [(is_error, str(problem.found)) for is_error, problem in check_quorum(note, read_quorum(policy), now)]


NOTE = signed_checkpoint([b"leaf"])


def test_a_quorum_is_enough() -> None:
    assert found(cosigned(NOTE, KEYS[0], KEYS[2])) == []
    assert found(NOTE, TWO_OF_THREE.replace("quorum q", "quorum none")) == []
    assert found(cosigned(NOTE, KEYS[1]), TWO_OF_THREE.replace("quorum q", "quorum w3")) == []


def test_fewer_are_an_error() -> None:
    assert found(NOTE) == [(True, "cosigned by nobody")]
    assert found(cosigned(NOTE, KEYS[1])) == [(True, "cosigned by w3")]
    stranger = WitnessKey("witness.example/w9", bytes([9]) * 32)
    assert found(cosigned(NOTE, KEYS[1], stranger)) == [(True, "cosigned by w3")]


def test_a_cosignature_that_fails_is_an_error() -> None:
    other = signed_checkpoint([b"another leaf"])
    forged = NOTE + KEYS[0].cosign(parse_note(other).text, NOW).encode()
    assert (True, "the signature of witness.example/w2 fails") in found(cosigned(forged, KEYS[1], KEYS[2]))


def test_an_old_quorum_is_a_finding() -> None:
    note = cosigned(NOTE, KEYS[0], KEYS[1])
    assert found(note, now=NOW + STALE_S) == []
    assert [is_error for is_error, _ in found(note, now=NOW + STALE_S + 1)] == [False]
    assert found(cosigned(note, KEYS[0], KEYS[1], at=NOW + STALE_S), now=NOW + STALE_S + 1) == []  # the newest counts


@pytest.mark.parametrize(
    "lines",
    [
        "witness w1\n",
        f"witness w1 {vkey('w', 2)}\n",
        f"{WITNESSES}group q 4 w2 w3 w4\n",
        f"{WITNESSES}group q 0 w2\n",
        f"{WITNESSES}group q any w2 w2\n",
        f"{WITNESSES}group q any w9\n",
        f"{WITNESSES}group w2 any w3\n",
        "group q any\n",
        "quorum w2\n",
        "quorum\n",
    ],
)
def test_a_malformed_policy_is_refused(lines: str) -> None:
    with pytest.raises(BadNote):
        read_quorum(lines)


def quiet(done: int, total: int) -> None:
    """Say nothing."""


def test_verifying_asks_for_the_quorum_of_the_policy(tmp_path: Path) -> None:
    copy, policy = write_log(tmp_path / "copy", Builder().lines()), tmp_path / "policy"
    policy.write_text(TWO_OF_THREE)
    report = verify_log(str(copy), policy, quiet)
    assert [problem.found for problem in report.errors] == ["cosigned by nobody"]
    now, path = int(time.time()), copy / "checkpoint"
    path.write_bytes(cosigned(path.read_bytes(), KEYS[0], KEYS[1], at=now))
    assert (verify_log(str(copy), policy, quiet).errors, verify_log(str(copy), policy, quiet).findings) == ([], [])


def test_a_receipt_holds_only_with_the_quorum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaves = Builder().lines()
    proof = "".join(f"{base64.b64encode(each).decode()}\n" for each in inclusion_proof(0, [leaf_hash(leaves[0])]))
    head = f"c2sp.org/tlog-proof@v1\nextra {base64.b64encode(leaves[0]).decode()}\nindex 0\n{proof}\n".encode()
    receipt, policy = tmp_path / "mine.tlog-proof", tmp_path / "policy"
    policy.write_text(TWO_OF_THREE)
    receipt.write_bytes(head + cosigned(signed_checkpoint(leaves), KEYS[1]))
    assert main(["receipt", str(receipt), "--policy", str(policy)]) == 1
    assert "cosigned by w3, expected the quorum q" in capsys.readouterr().out
    receipt.write_bytes(head + cosigned(signed_checkpoint(leaves), KEYS[1], KEYS[2], at=5))
    assert main(["receipt", str(receipt), "--policy", str(policy)]) == 0
