"""What the demonstration leaves to check: the letters' files, the exported log, its documents, the auditor's word."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.archive.documents import get
from service.operations.demo_visitor import DemonstrationFailed
from service.operations.export import export_log
from service.operations.processes import TOP
from service.store.database import Database
from service.store.tables import document

AUDIT_MAX_S = 120


@dataclass(frozen=True)
class LetterFile:
    """A letter's PDF on disk."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class Verdict:
    """What the auditor's program said about the exported log."""

    size: int
    active: int
    errors: int
    findings: int


def write_letter(database: Database, pdf_hash: str, path: Path) -> LetterFile:
    """Write a letter from the archive to a file. :raises DemonstrationFailed: if its bytes are not those of the log."""
    with database.read() as connection:
        content = get(connection, pdf_hash).content or b""
    path.write_bytes(content)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != pdf_hash:
        raise DemonstrationFailed(f"{path.name} has SHA-256 {found}, the log says {pdf_hash}")
    return LetterFile(path, found)


def write_log(database: Database, folder: Path) -> Path:
    """Write the public log and its public documents into a folder, and return the log's file."""
    path = folder / "log.ndjson.gz"
    with open(path, "wb") as out:
        export_log(database, out, compress=True, progress=lambda _written: None)
    documents = folder / "documents"
    documents.mkdir(exist_ok=True)
    with database.read() as connection:
        chosen = sa.select(document.c.hash, document.c.content).where(document.c.public)
        for row in connection.execute(chosen.where(document.c.content.is_not(None))):
            (documents / row.hash).write_bytes(row.content)
    return path


def audit(log_file: Path, campaign: str) -> Verdict:
    """Let the auditor's program replay an exported log; it shares no code with what it checks.

    :raises DemonstrationFailed: if it finds an error, or cannot read the log.
    """
    command = [sys.executable, "-m", "service.audit", "replay", str(log_file), "--json"]
    command += ["--documents", str(log_file.parent / "documents")]
    finished = subprocess.run(
        command, cwd=TOP, env={"PATH": os.defpath}, capture_output=True, text=True, timeout=AUDIT_MAX_S
    )
    try:
        report: dict[str, Any] = json.loads(finished.stdout)
        counted = report["campaigns"][campaign]["active"]
        verdict = Verdict(report["size"], counted, report["error_count"], report["finding_count"])
    except (ValueError, KeyError) as error:
        raise DemonstrationFailed(f"the auditor's program did not finish: {finished.stderr.strip()[-300:]}") from error
    if finished.returncode == 1:
        raise DemonstrationFailed(f"the auditor's program finds {verdict.errors} errors: see {command[3:]}")
    return verdict
