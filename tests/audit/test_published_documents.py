"""With --documents letters and annexes are fetched from the published log and compared with it."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from service.audit.__main__ import main
from service.audit.report import Report
from service.audit.verifying import Terms, verify_log
from tests.audit.builder import ORIGIN, hashed, vkey
from tests.audit.folder import write_log
from tests.audit.lies import TEXT
from tests.audit.test_letter_documents import Archive, register


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a published log with a letter, its register, and all their documents."""
    archive = Archive(tmp_path / "documents")
    archive.letter(register(archive.log))
    copy = write_log(tmp_path / "log", archive.log.lines())
    shutil.move(archive.folder, copy / "documents")
    (tmp_path / "policy").write_text(f"log {vkey(ORIGIN, 1)}\nquorum none\n")
    return copy


def verified(source: Path) -> Report:
    return verify_log(str(source), source.parent / "policy", lambda done, total: None, (), Terms(documents=True))


def test_they_are_fetched_from_folder_and_archive(copy: Path) -> None:
    with tarfile.open(copy.parent / "log.tgz", "w:gz") as packed:
        packed.add(copy, "log")
    for source in (copy, copy.parent / "log.tgz"):
        report = verified(source)
        assert (report.errors, report.findings) == ([], [])
        assert report.documents is not None
        assert (report.documents.inputs_checked, report.documents.missing) == (1, 0)


def test_a_changed_document_is_an_error_and_a_missing_one_a_finding(copy: Path) -> None:
    text = copy / "documents" / hashed(TEXT)
    text.write_bytes(b"another text")
    report = verified(copy)
    assert [(error.field, error.expected) for error in report.errors] == [("text", hashed(TEXT))]
    text.unlink()
    report = verified(copy)
    assert (report.errors, [finding.expected for finding in report.findings]) == ([], [hashed(TEXT)])


def test_without_the_option_it_is_said_that_they_were_not_checked(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["verify", str(copy), "--policy", str(copy.parent / "policy")]
    assert main(given) == 0
    assert "Documents: not checked (--documents was not given)" in capsys.readouterr().out
    assert main([*given, "--documents"]) == 0
    assert "letters' inputs: 1 compared" in capsys.readouterr().out
