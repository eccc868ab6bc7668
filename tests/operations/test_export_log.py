"""The log as a file: every public entry, its exact bytes, in order; the same file each time."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from errno import ENOSPC
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from service.errors import PetitionError
from service.eventlog.catalogue import encode
from service.eventlog.events import LogOpened
from service.operations.export import export_log
from service.operations.log_commands import log
from service.store.database import Database
from service.store.tables import event, metadata
from tests.installation import Installation


def exported(database: Database, *, compress: bool = False) -> bytes:
    """Return the export's bytes."""
    out = io.BytesIO()
    export_log(database, out, compress=compress, progress=lambda _written: None)
    return out.getvalue()


@pytest.fixture
def signed(installation: Installation) -> Installation:
    """Return an installation with one signature."""
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    return installation


def test_it_holds_every_entry_in_order(database: Database, signed: Installation) -> None:
    entries = signed.services.log.entries(0, 1000)
    assert exported(database) == b"".join(entry.leaf + b"\n" for entry in entries)
    assert entries[-1].topic == "signature.recorded"


@pytest.mark.usefixtures("signed")
def test_compressed_it_is_the_same_and_always_the_same_bytes(database: Database) -> None:
    assert gzip.decompress(exported(database, compress=True)) == exported(database)
    assert exported(database, compress=True) == exported(database, compress=True)


def test_the_command_writes_a_file_whole(database: Database, signed: Installation, tmp_path: Path) -> None:
    path = tmp_path / "log.ndjson.gz"
    answer = CliRunner().invoke(log, ["export", str(path)], obj=signed.services)
    assert answer.exit_code == 0, answer.output
    assert gzip.decompress(path.read_bytes()) == exported(database)


def test_what_cannot_be_written_is_said(signed: Installation, tmp_path: Path) -> None:
    for arguments in (["export", str(tmp_path / "missing" / "log.ndjson")], ["publish", "/proc/nowhere"]):
        answer = CliRunner().invoke(log, arguments, obj=signed.services)
        assert isinstance(answer.exception, PetitionError)
        assert f"{arguments[1]} cannot be written" in str(answer.exception)


def test_a_file_that_is_not_whole_takes_nobodys_place(
    signed: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise OSError(ENOSPC, "No space left on device")

    path = tmp_path / "log.ndjson"
    path.write_text("an older one")
    monkeypatch.setattr("service.operations.log_commands.export_log", fail)
    answer = CliRunner().invoke(log, ["export", str(path)], obj=signed.services)
    assert "No space left" in str(answer.exception)
    assert path.read_text() == "an older one"
    assert not list(tmp_path.glob(".log*"))


def test_memory_does_not_grow_with_the_log(sqlite_database: Database) -> None:
    few, many = peak_bytes(sqlite_database, 12_000), peak_bytes(sqlite_database, 60_000)
    assert many < few * 1.2


def peak_bytes(database: Database, entries: int) -> int:
    """Fill the log up to a number of entries and return the peak of memory while it is exported."""
    leaf = encode(LogOpened(day="2026-03-02", origin="o.example/log", log_key=VKEY, promise_key=VKEY))
    read_leaf = metadata.tables["read_leaf"]
    with database.write() as connection:
        first = connection.execute(sa.select(sa.func.count()).select_from(event)).scalar_one()
        numbers = range(first, entries)
        rows = [{"id": n + 1, "stream": "log", "version": n + 1, "topic": "log.opened", "state": leaf} for n in numbers]
        connection.execute(sa.insert(event), rows)
        leaves = [{"leaf_index": n, "position": n + 1, "hash": bytes(32)} for n in numbers]
        connection.execute(sa.insert(read_leaf), leaves)
    sink = SimpleNamespace(write=len)
    tracemalloc.start()
    try:
        export_log(database, sink, compress=False, progress=lambda _written: None)  # type: ignore[arg-type]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


VKEY = "o.example/log+00000000+AQ=="
