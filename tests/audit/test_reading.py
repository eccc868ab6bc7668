"""Logs are read strictly: one event, one sequence of bytes; what cannot be read is named."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from service.audit.__main__ import main
from service.audit.replay import replay
from tests.old_logs.test_old_logs import EXPECTED, LEAVES

VECTORS = json.loads((Path(__file__).parent / "vectors" / "leaf.json").read_text())
GOLDEN = b"".join(leaf + b"\n" for leaf in LEAVES)


@pytest.mark.parametrize("leaf", VECTORS["bad_leaves"])
def test_the_bad_leaves_of_the_vectors_are_refused(leaf: str) -> None:
    report = replay([VECTORS["leaves"][0].encode(), leaf.encode()])
    assert [error.index for error in report.errors] == [1]


def test_the_good_leaves_of_the_vectors_are_read() -> None:
    report = replay([leaf.encode() for leaf in VECTORS["leaves"]])
    assert report.origin == "petition.example/log"
    assert {error.field for error in report.errors} == {"campaign"}  # no such campaign was opened in this short log


@pytest.mark.parametrize(
    "leaf", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"type":"x","v":1}', b"{" * 5000, b"a" * 9000]
)
def test_what_is_no_event_is_an_error_of_its_line(leaf: bytes) -> None:
    report = replay([*LEAVES[:3], leaf, *LEAVES[3:]])
    assert report.errors[0].index == 3


def test_every_flipped_bit_of_a_leaf_changes_the_root_or_is_refused() -> None:
    leaf = LEAVES[8]
    root = json.loads(replay(LEAVES).as_json())["root"]
    for position in range(0, len(leaf)):
        for bit in (1, 2, 32):
            lie = leaf[:position] + bytes([leaf[position] ^ bit]) + leaf[position + 1 :]
            report = json.loads(replay([*LEAVES[:8], lie, *LEAVES[9:]]).as_json())
            assert report["root"] != root
            if lie.lower() == leaf.lower():
                continue  # another text of the same form may be as right in itself: only the root tells


def run(path: Path, *arguments: str) -> int:
    return main(["replay", str(path), "--quiet", *arguments])


def test_plain_and_gzip_files_are_read_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log.ndjson").write_bytes(GOLDEN)
    (tmp_path / "log.ndjson.gz").write_bytes(gzip.compress(GOLDEN))
    said = []
    for name in ("log.ndjson", "log.ndjson.gz"):
        assert run(tmp_path / name, "--json") == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] == said[1]
    assert said[0]["root"] == EXPECTED["root"]


def test_an_earlier_size_is_shown_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log.ndjson").write_bytes(GOLDEN)
    assert run(tmp_path / "log.ndjson", "--json", "--at", "50") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["size"] == 50
    assert report["campaigns"]["c_Ordinary01"]["active"] == 39


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("truncated.gz", gzip.compress(GOLDEN)[:-40], "gzip"),
        ("empty.ndjson", b"", "holds no entry"),
        ("cut.ndjson", GOLDEN[:-10], "newline"),
    ],
)
def test_a_damaged_file_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert run(tmp_path / name) == 2
    assert said in capsys.readouterr().err


def test_a_missing_file_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.ndjson") == 2
    assert "none.ndjson" in capsys.readouterr().err


def test_it_ends_with_1_for_an_error_and_names_the_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log.ndjson").write_bytes(b"".join(leaf + b"\n" for leaf in [*LEAVES[:40], LEAVES[39], *LEAVES[40:]]))
    assert main(["replay", str(tmp_path / "log.ndjson")]) == 1
    assert "40" in capsys.readouterr().out


def test_it_runs_where_nothing_else_of_the_service_can(tmp_path: Path) -> None:
    (tmp_path / "log.ndjson").write_bytes(GOLDEN)
    program = (
        "import sys, importlib.abc\n"
        "class Blocker(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        top = name.split('.')[0]\n"
        "        other = name.startswith('service.') and not name.startswith('service.audit')\n"
        "        if other or top in ('flask', 'eventsourcing', 'sqlalchemy', 'marshmallow', 'gevent', 'click'):\n"
        "            raise ImportError(f'{name} is not to be had here')\n"
        "sys.meta_path.insert(0, Blocker())\n"
        "from service.audit.__main__ import main\n"
        f"sys.exit(main(['replay', {str(tmp_path / 'log.ndjson')!r}, '--quiet']))\n"
    )
    top = Path(__file__).parent.parent.parent
    finished = subprocess.run([sys.executable, "-c", program], cwd=top, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
