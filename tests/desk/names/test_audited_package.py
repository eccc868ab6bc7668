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
from tests.installation import REF

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

    def offline(self, content: bytes) -> int:
        """Check a package without the log, and return the exit code."""
        path = self.folder / "alone.zip"
        path.write_bytes(content)
        return main(["package", str(path), "--policy", str(self.folder / "log/keys")])

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


def test_it_passes_with_the_log_and_offline_and_tells_the_names_when_it_is_asked(
    checked: Checked, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked.checks(checked.files, "--names") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in NAMES)
    assert checked.checks(checked.files, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["named"], found["active"]) == (6, 7)
    public = checked.named.terminal.installation.client().get(f"/en/c/{REF}/letters/{checked.named.letter}.zip")
    assert checked.checks(unzipped(public.data)) == 0
    for files, code in ((checked.files, 0), (checked.files | {"consistency": b"old 1\n"}, 1)):
        assert checked.offline(packed(files)) == code
    log = str(checked.folder / "log")
    command = ["verify", log, "--policy", str(checked.folder / "log/keys"), "--documents", "--quiet"]
    assert main(command) in (0, 3)


CHANGES: dict[str, Change] = {
    "name": lambda names: names["openings"][0]["person"].update(name="Somebody Else"),
    "country": lambda names: names["openings"][0]["person"].update(country="TR"),
    "contact": lambda names: names["openings"][0].update(contact="A" * 43),
    "entry": lambda names: names["openings"][0].update(entry=names["openings"][0]["entry"] - 1),
    "one more": lambda names: names["openings"].append({**names["openings"][-1], "entry": 999}),
    "opening value": lambda names: names.update(r="A" * 86),
}


def test_every_change_to_letter_names_or_files_is_an_error_and_one_who_left_is_told(
    checked: Checked, capsys: pytest.CaptureFixture[str]
) -> None:
    for what, change in CHANGES.items():
        assert checked.checks(checked.changed(change)) == 1, what
    capsys.readouterr()
    assert checked.checks(checked.changed(lambda names: names["openings"].pop())) == 3
    assert "1 left it" in capsys.readouterr().out
    letter = json.loads(checked.files["letter.json"])
    other = json.dumps(letter | {"active": 8}, sort_keys=True, separators=(",", ":")).encode()
    assert checked.checks(checked.files | {"letter.json": other}) == 1
    assert checked.checks(checked.files | {"istanbul-two-L1-tr.pdf": b"%PDF-another"}) == 1
    assert checked.offline(packed(checked.files).replace(NAMES[0].encode(), b"X" * len(NAMES[0].encode()))) == 2
    assert checked.offline(b"nothing") == 2
