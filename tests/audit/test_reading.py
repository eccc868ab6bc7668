"""Logs are read strictly: one event, one sequence of bytes; what cannot be read is named."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from service.audit.__main__ import main
from service.audit.decoding import decode
from service.audit.printing import as_text
from service.audit.problems import Refused
from service.audit.replay import replay
from tests.old_logs.test_old_logs import EXPECTED, LEAVES

VECTORS = json.loads((Path(__file__).parent / "vectors" / "leaf.json").read_text())
GOLDEN = b"".join(leaf + b"\n" for leaf in LEAVES)


@pytest.mark.parametrize("leaf", VECTORS["bad_leaves"])
def test_the_bad_leaves_of_the_vectors_are_refused(leaf: str) -> None:
    with pytest.raises(Refused):
        decode(leaf.encode())
    report = replay([VECTORS["leaves"][0].encode() + b"\n", leaf.encode() + b"\n"])
    assert [error.index for error in report.errors] == [1]
    assert report.checks[0].errors == 1


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


def test_every_flipped_bit_changes_the_root_and_most_are_refused() -> None:
    log, refused = LEAVES[:12], 0
    root = replay(log).root
    for index in (0, 7, 11):
        leaf = log[index]
        for position in range(len(leaf)):
            for bit in range(8):
                lie = leaf[:position] + bytes([leaf[position] ^ (1 << bit)]) + leaf[position + 1 :]
                report = replay([*log[:index], lie, *log[index + 1 :]])
                assert report.root != root
                refused += report.error_count > 0
    # What remains is another text of the same form, as right in itself: only the root tells.
    assert refused > 0.7 * 8 * sum(len(log[index]) for index in (0, 7, 11))


@pytest.mark.parametrize("seed", range(40))
def test_noise_never_ends_the_replay(seed: int) -> None:
    noise = random.Random(seed)
    lines = [bytearray(leaf) for leaf in LEAVES]
    for _ in range(60):
        line = noise.choice(lines)
        kind = noise.randrange(4)
        if kind == 0 and line:
            line[noise.randrange(len(line))] = noise.randrange(256)
        elif kind == 1:
            del line[noise.randrange(len(line) + 1) :]
        elif kind == 2:
            line += bytes(noise.choice(lines))
        else:
            lines[noise.randrange(len(lines))] = bytearray(noise.randbytes(noise.randrange(300)))
    report = replay(bytes(line) for line in lines)
    assert report.size == len(LEAVES)
    assert report.exit_code == 1
    assert as_text(report)


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
        ("broken.gz", gzip.compress(GOLDEN)[:200] + b"broken" + gzip.compress(GOLDEN)[206:], "Cannot read"),
        ("checksum.gz", gzip.compress(GOLDEN)[:-8] + bytes(8), "Cannot read"),
        ("more.gz", gzip.compress(GOLDEN) + b"and more", "Cannot read"),
        ("head.gz", b"\x1f\x8b", "Cannot read"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(500) + b"\n", "is no log"),
        ("numbers.csv", b"entry,day\n1,2026-01-05\n", "is no log"),
        ("list.json", b"[\n" + GOLDEN + b"]\n", "is no log"),
        ("mark.ndjson", b"\xef\xbb\xbf" + GOLDEN, "is no log"),
        ("windows.ndjson", GOLDEN.replace(b"\n", b"\r\n"), "is no log"),
        ("utf16.ndjson", GOLDEN.decode().encode("utf-16"), "is no log"),
        ("endless.ndjson", b"{" + b"a" * 3_000_000, "bytes"),
        ("spaces.ndjson", b"\n" + GOLDEN, "is no log"),
    ],
)
def test_a_damaged_file_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert run(tmp_path / name) == 2
    out, err = capsys.readouterr()
    assert (said in err, name in err, out) == (True, True, "")


def test_other_line_ends_within_the_log_are_errors_of_their_line() -> None:
    for end in (b"\r", b"\x0b", b"\x0c", b"\x1c", b"\xc2\x85", b"\xe2\x80\xa8", b" ", b"\x00"):
        report = replay([*LEAVES[:5], LEAVES[5] + end, *LEAVES[6:]])
        assert (report.errors[0].index, report.size) == (5, len(LEAVES))


def test_a_folder_instead_of_a_file_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 2
    (tmp_path / "log.ndjson").write_bytes(GOLDEN)
    assert run(tmp_path / "log.ndjson", "--documents", str(tmp_path / "none")) == 2
    assert run(tmp_path / "log.ndjson", "--at", str(len(LEAVES) + 1)) == 2
    assert "up to that" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["replay"], ["replay", "x", "--at", "-1"], ["replay", "x", "--loud"], ["nod"]]
)
def test_a_wrong_command_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_poor_terminal_shows_the_report_too(tmp_path: Path) -> None:
    (tmp_path / "log.ndjson").write_bytes(GOLDEN + GOLDEN)
    command = [sys.executable, "-m", "service.audit", "replay", str(tmp_path / "log.ndjson")]
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(__file__).parents[2])}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (finished.returncode, finished.stderr) == (1, "")
    assert "not listed" in finished.stdout


def test_a_missing_file_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.ndjson") == 2
    assert "none.ndjson" in capsys.readouterr().err


def test_it_ends_with_1_for_an_error_and_names_the_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log.ndjson").write_bytes(b"".join(leaf + b"\n" for leaf in [*LEAVES[:40], LEAVES[39], *LEAVES[40:]]))
    assert main(["replay", str(tmp_path / "log.ndjson")]) == 1
    assert "40" in capsys.readouterr().out
