"""A published log is checked from its key to every count (docs/log_format.md sections 2, 3, 5 and 8)."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest

from service.audit.__main__ import main
from service.audit.notes import BadNote, parse_note, parse_vkey, verify
from service.audit.policy import read_policy
from service.audit.promises import read_promise
from service.audit.report import Report
from service.audit.tiles import tile_path
from service.audit.verifying import verify_log
from tests.audit.builder import ORIGIN, Builder, commitment, vkey
from tests.audit.folder import signed, signed_checkpoint, signed_promise, write_log
from tests.audit.lies import C, log_with_campaign
from tests.audit.test_tree import naive, path_of_leaves

TLOG: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "tlog.json").read_text())
LEAF: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "leaf.json").read_text())


@pytest.fixture(scope="module")
def log() -> Builder:
    """Return a log that reaches beyond one tile."""
    return log_with_campaign(signers=300)


@pytest.fixture
def copy(log: Builder, tmp_path: Path) -> Path:
    """Return the log in a folder."""
    return write_log(tmp_path / "log", log.lines())


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """Return a policy with the log's key and an address, as tlog-policy allows."""
    path = tmp_path / "policy"
    path.write_text(f"# pinned\nlog {vkey(ORIGIN, 1)} https://{ORIGIN}\nquorum none\n")
    return path


def verified(copy: Path, policy: Path, *known: Path) -> Report:
    return verify_log(str(copy), policy, lambda done, total: None, known)


def fields(report: Report) -> list[str]:
    assert all(error.index == -1 for error in report.errors)
    return [error.field for error in report.errors]


def receipt(leaves: list[bytes], index: int) -> bytes:
    proof = "".join(f"{base64.b64encode(node).decode()}\n" for node in path_of_leaves(index, leaves))
    head = f"c2sp.org/tlog-proof@v1\nextra {base64.b64encode(leaves[index]).decode()}\nindex {index}\n{proof}\n"
    return head.encode() + signed_checkpoint(leaves)


def test_a_right_log_is_right(copy: Path, policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = verified(copy, policy)
    assert (report.errors, report.findings, report.size) == ([], [], 304)
    assert report.campaigns[C].active == 300
    assert main(["verify", str(copy), "--policy", str(policy), "--quiet"]) == 0
    assert main(["verify", str(copy), "--quiet"]) == 3
    capsys.readouterr()


def test_a_checkpoint_that_the_key_did_not_sign_is_an_error(copy: Path, policy: Path, log: Builder) -> None:
    right = (copy / "checkpoint").read_bytes()
    for wrong in (
        signed_checkpoint(log.lines(), 9),
        right.replace(b"\n304\n", b"\n303\n"),
        right[:-1],
        b"",
        right[:40],
    ):
        (copy / "checkpoint").write_bytes(wrong)
        report = verified(copy, policy)
        assert (fields(report), report.exit_code) == (["checkpoint"], 1)


@pytest.mark.parametrize("text", [
    "{o}\n304\n{r}\nextension\n", "{o}\n0304\n{r}\n", "{o}\n-1\n{r}\n", "{o}\n304\n{r}A\n", "other\n304\n{r}\n",
    "{o}\n٣\n{r}\n", "{o}\n304\nAAAA\n", "{o}\n304\n", "{o}\n99999999999999999999\n{r}\n",
])  # fmt: skip
def test_a_signed_checkpoint_of_another_form_is_an_error(copy: Path, policy: Path, log: Builder, text: str) -> None:
    root = base64.b64encode(naive(log.lines())).decode()
    (copy / "checkpoint").write_bytes(signed(text.format(o=ORIGIN, r=root), ORIGIN, 1))
    assert fields(verified(copy, policy)) == ["checkpoint"]


def test_a_signed_root_that_the_entries_do_not_give_is_an_error(copy: Path, policy: Path, log: Builder) -> None:
    lines = log.lines()
    for lie in ([*lines[:-1], lines[-2]], [lines[1], lines[0], *lines[2:]]):
        (copy / "checkpoint").write_bytes(signed_checkpoint(lie))
        assert fields(verified(copy, policy)) == ["root"]


def test_a_key_that_is_not_the_logs_is_an_error(log: Builder, tmp_path: Path) -> None:
    copy = write_log(tmp_path / "log", log.lines(), seed=9)
    policy = tmp_path / "policy"
    policy.write_text(f"log {vkey(ORIGIN, 9)}\nquorum none\n")
    assert fields(verified(copy, policy)) == ["key"]


def test_a_log_of_another_origin_is_an_error(log: Builder, tmp_path: Path) -> None:
    copy = write_log(tmp_path / "log", log.lines(), origin="other.example/log")
    policy = tmp_path / "policy"
    policy.write_text(f"log {vkey('other.example/log', 1)}\nquorum none\n")
    assert set(fields(verified(copy, policy))) == {"origin", "key"}


def test_every_damaged_missing_or_longer_file_is_an_error(copy: Path, policy: Path) -> None:
    for path in sorted(copy.glob("tile/**/*")):
        if path.is_dir():
            continue
        right = path.read_bytes()
        middle = len(right) // 2
        changed = right[:middle] + bytes([right[middle] ^ 1]) + right[middle + 1 :]
        for wrong in (changed, right[:-1], right + b"\0", b""):
            path.write_bytes(wrong)
            assert verified(copy, policy).exit_code == 1, (path, wrong == changed)
        path.unlink()
        assert verified(copy, policy).exit_code == 1, path
        path.write_bytes(right)
    assert verified(copy, policy).exit_code == 0


def test_an_entry_that_ends_in_a_newline_is_refused(log: Builder, tmp_path: Path, policy: Path) -> None:
    lines = log.lines()
    copy = write_log(tmp_path / "log", [*lines[:-1], lines[-1] + b"\n"])
    report = verified(copy, policy)
    assert [error.index for error in report.errors] == [303]


def test_what_was_signed_before_has_to_be_a_prefix(copy: Path, policy: Path, log: Builder, tmp_path: Path) -> None:
    lines, old = log.lines(), tmp_path / "old"
    other = [*lines[:99], lines[98]]
    for content, expected in (
        (signed_checkpoint(lines[:100]), []), (signed_checkpoint(lines), []), (receipt(lines[:200], 7), []),
        (signed_checkpoint(other), ["old"]), (receipt(other, 7), ["old"]), (signed_checkpoint([*lines, b"x"]), ["old"]),
        (signed_checkpoint([*lines[:-1], b"x"]), ["old"]),  # two roots for a size
        (signed_checkpoint(lines[:100], 9), ["old"]), (b"nothing", ["old"]),
        (receipt(lines[:200], 7).replace(b"index 7", b"index 8"), ["old"]),
    ):  # fmt: skip
        old.write_bytes(content)
        assert fields(verified(copy, policy, old)) == expected
    assert main(["verify", str(copy), "--policy", str(policy), "--known", str(tmp_path / "none"), "--quiet"]) == 2


def test_a_promise_is_kept_open_or_broken(copy: Path, policy: Path, log: Builder, tmp_path: Path) -> None:
    leaf, missing, note = log.lines()[50], log.lines()[50].replace(C.encode(), b"c_Another001"), tmp_path / "promise"
    past, future = int(time.time()) - 10, int(time.time()) + 1000
    note.write_bytes(signed_promise(leaf, past))
    assert verified(copy, policy, note).exit_code == 0
    note.write_bytes(signed_promise(missing, future))
    report = verified(copy, policy, note)
    assert ([finding.field for finding in report.findings], report.exit_code) == (["promise"], 3)
    note.write_bytes(signed_promise(missing, past))
    report = verified(copy, policy, note)
    assert (fields(report), report.errors[0].found) == (["promise"], "broken: no such entry")
    note.write_bytes(signed_promise(leaf, past, seed=4))
    assert fields(verified(copy, policy, note)) == ["promise"]


def test_the_promise_of_the_vectors() -> None:
    promise = read_promise(LEAF["promise"].encode(), ORIGIN, [LEAF["promise_vkey"]])
    assert base64.b64encode(promise.leaf_hash).decode() == LEAF["leaf_hashes_b64"][1]
    assert (promise.signature, promise.due) == (LEAF["token"], 1795500000)
    for lie in (LEAF["promise"].replace("1795500000", "1795500001"), LEAF["promise"][:-1]):
        with pytest.raises(BadNote):
            read_promise(lie.encode(), ORIGIN, [LEAF["promise_vkey"]])
    with pytest.raises(BadNote, match="not of"):
        read_promise(LEAF["promise"].encode(), "other.example/log", [LEAF["promise_vkey"]])


@pytest.mark.parametrize("text", [
    "petition-promise/v1\n{o}\n{s}\n{h}\n", "petition-promise/v1\n{o}\n{s}\n{h}\nby 01\n",
    "petition-promise/v1\n{o}\nshort\n{h}\nby 1\n", "petition-promise/v1\n{o}\n{s}\nAAAA\nby 1\n",
    "petition-promise/v2\n{o}\n{s}\n{h}\nby 1\n", "petition-promise/v1\n{o}\n{s}\n{h}\nby 9999999999999999999\n",
])  # fmt: skip
def test_a_signed_promise_of_another_form_is_refused(text: str) -> None:
    filled = text.format(o=ORIGIN, s="A" * 22, h=commitment("x").replace("_", "/").replace("-", "+") + "=")
    with pytest.raises(BadNote):
        read_promise(signed(filled, f"{ORIGIN}/promise", 3), ORIGIN, [vkey(f"{ORIGIN}/promise", 3)])


@pytest.mark.parametrize("vector", TLOG["notes"], ids=lambda vector: vector["what"])
def test_the_notes_of_the_vectors(vector: dict[str, Any]) -> None:
    if vector["valid"]:
        assert verify(parse_note(vector["note"].encode()), [parse_vkey(vector["vkey"])])
    else:
        with pytest.raises(BadNote):
            verify(parse_note(vector["note"].encode()), [parse_vkey(vector["vkey"])])


@pytest.mark.parametrize("vector", TLOG["tile_paths"], ids=lambda vector: vector["path"])
def test_the_paths_of_the_vectors(vector: dict[str, Any]) -> None:
    level = -1 if vector["level"] == "entries" else vector["level"]
    assert tile_path(level, vector["index"], vector["width"]) == vector["path"]


@pytest.mark.parametrize(
    "text", ["", "quorum none\n", "log x\n", f"log {vkey(ORIGIN, 1)[:-4]}AAAA\n", f"log {LEAF['witness_vkey']}\n"]
)
def test_a_policy_without_a_key_of_the_log_says_so(text: str) -> None:
    with pytest.raises(BadNote):
        read_policy(text)


def test_of_a_partial_file_that_is_gone_the_full_one_serves(log: Builder, copy: Path, policy: Path) -> None:
    more = log_with_campaign(signers=600)
    write_log(copy, more.lines())
    (copy / "checkpoint").write_bytes(signed_checkpoint(more.lines()[:304]))
    for path in ("tile/entries/001.p/48", "tile/0/001.p/48", "tile/1/000.p/1"):
        assert (copy / path).exists()
        (copy / path).unlink()
    (copy / "tile/1/000").write_bytes((copy / "tile/1/000.p/2").read_bytes())
    report = verified(copy, policy)
    assert (report.errors, report.size) == ([], 304)
