"""A package is held against the published log: what is right passes, and every change to it is an error."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.audit.__main__ import main
from tests.desk.names.conftest import NAMES, Named, unzipped

Change = Callable[[dict[str, Any]], Any]


@dataclass
class Checked:
    """A package with names, and the log that it is held against."""

    named: Named
    folder: Path
    files: dict[str, bytes]

    def checks(self, files: dict[str, bytes], *options: str) -> int:
        """Hold a package against the published log, and return the exit code."""
        path = self.folder / "letter.zip"
        path.write_bytes(packed(files))
        command = ["package", str(path), "--policy", str(self.folder / "log/keys"), *options]
        return main([*command, "--source", str(self.folder / "log")])

    def changed(self, change: Change) -> dict[str, bytes]:
        """Return the package with another annex B, hashes and all."""
        names = json.loads(self.files["openings.json"])
        change(names)
        content = json.dumps(names, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        return self.files | {"openings.json": content}


def packed(files: dict[str, bytes]) -> bytes:
    """Return a ZIP file of these members with the list of their hashes."""
    buffer = io.BytesIO()
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in files if name != "SHA256SUMS")
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in (files | {"SHA256SUMS": sums.encode()}).items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def checked(linked: Named, tmp_path: Path) -> Checked:
    """Return the package as its addressee fetched it, and the log as it was published after that."""
    files = linked.fetches()
    linked.works()
    linked.terminal.does(f"log publish {tmp_path / 'log'}")
    return Checked(linked, tmp_path, files)


def test_it_passes_and_tells_the_names_when_it_is_asked(checked: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked.checks(checked.files, "--names") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in NAMES)
    assert checked.checks(checked.files, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["named"], found["active"]) == (6, 7)


def test_without_the_log_it_is_checked_offline(checked: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    path = checked.folder / "alone.zip"
    path.write_bytes(packed(checked.files))
    command = ["package", str(path), "--policy", str(checked.folder / "log/keys"), "--json"]
    assert main(command) == 0
    path.write_bytes(packed(checked.files | {"consistency": b"old 1\n"}))
    assert main(command) == 1


def test_the_public_package_passes_too(checked: Checked) -> None:
    client = checked.named.terminal.installation.client()
    public = client.get(f"/en/c/istanbul-two/letters/{checked.named.letter}.zip")
    assert checked.checks(unzipped(public.data)) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda names: names["openings"][0]["person"].update(name="Somebody Else"),
        lambda names: names["openings"][0]["person"].update(country="TR"),
        lambda names: names["openings"][0].update(contact="A" * 43),
        lambda names: names["openings"][0].update(entry=names["openings"][0]["entry"] - 1),
        lambda names: names["openings"].append({**names["openings"][-1], "entry": 999}),
        lambda names: names.update(r="A" * 86),
    ],
    ids=["name", "country", "contact", "entry", "one more", "opening value"],
)
def test_a_changed_annex_is_an_error(checked: Checked, change: Change) -> None:
    assert checked.checks(checked.changed(change)) == 1


def test_one_who_is_missing_is_told_and_no_error(checked: Checked, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked.checks(checked.changed(lambda names: names["openings"].pop())) == 3
    assert "1 left it" in capsys.readouterr().out


def test_another_letter_or_a_changed_file_is_an_error(checked: Checked) -> None:
    letter = json.loads(checked.files["letter.json"])
    other = json.dumps(letter | {"active": 8}, sort_keys=True, separators=(",", ":")).encode()
    assert checked.checks(checked.files | {"letter.json": other}) == 1
    assert checked.checks(checked.files | {"istanbul-two-L1-tr.pdf": b"%PDF-another"}) == 1
    path = checked.folder / "letter.zip"
    content = packed(checked.files).replace(NAMES[0].encode(), b"X" * len(NAMES[0].encode()))
    path.write_bytes(content)
    assert main(["package", str(path), "--policy", str(checked.folder / "log/keys")]) == 2  # not even a ZIP's checksum
    path.write_bytes(b"nothing")
    assert main(["package", str(path), "--policy", str(checked.folder / "log/keys")]) == 2


def test_the_log_of_a_named_letter_passes_the_audit(checked: Checked) -> None:
    log = str(checked.folder / "log")
    command = ["verify", log, "--policy", str(checked.folder / "log/keys"), "--documents", "--quiet"]
    assert main(command) in (0, 3)
