"""Who was erased is nowhere: no table, file, write-ahead log, copy, export, log line, metric or readable backup.

The short form has 60 people; `ERASED_PEOPLE=10000 ./petition test tests/privacy/test_erased.py` is the full one.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from service.operations.demo_proof import write_log
from service.operations.metrics import Board, Metrics
from service.operations.metrics_server import Exporter
from service.operations.rewrapping import Rotation, Step
from service.publishing.checkpoint import publish
from service.publishing.folder import write_folder
from service.publishing.leaves import leaves
from service.store.database import Database
from service.vault.erasure import copy_journal
from tests.installation import Installation
from tests.postgres import Cluster
from tests.privacy.conftest import Loads
from tests.privacy.marked import MARKS, Marked
from tests.privacy.opening import keys_under, readable
from tests.privacy.search import files_under, forms_of, places_of, tables_of

PEOPLE = int(os.environ.get("ERASED_PEOPLE", "60"))
STAYS = "stays.unerased@example.org"


@contextmanager
def listening(folder: Path) -> Iterator[None]:
    """Keep log lines and metrics as files, where the search finds them."""
    with capture_logs() as lines:
        yield
    (folder / "log-lines").write_text(json.dumps(lines, ensure_ascii=False))


def rotate(installation: Installation, folder: Path) -> None:
    services = installation.services
    rotation = Rotation(services.database, services.keys, services.clock, folder / "new", folder / "copies")
    begin = True
    while rotation.step(begin=begin) is not Step.NOTHING:
        begin = False
        installation.clock.moment += timedelta(minutes=1)


def write_everything(installation: Installation, folder: Path) -> None:
    """Publish, mirror, export, copy the journal, and write down what is measured."""
    services = installation.services
    publish(services.database, services.keys, services.policy)
    (folder / "export").mkdir(exist_ok=True)
    export = write_log(services.database, folder / "export")
    (folder / "export" / "plain").write_bytes(gzip.decompress(export.read_bytes()))
    write_folder(services.database, services.policy, folder / "published", lambda _: None)
    assert services.settings.erasure_journal is not None
    copy_journal(services.database, services.settings.erasure_journal)
    (folder / "metrics").write_text(Exporter(services, Metrics(), Board(1), 0).text())


def files_of_server(installation: Installation, request: pytest.FixtureRequest) -> Iterator[tuple[str, bytes]]:
    """Yield PostgreSQL's own files of this database, its write-ahead log and its log of statements."""
    if installation.services.database.path is not None:
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with installation.services.database.read() as connection:
        number = connection.execute(sa.text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar()
    yield from files_under(Path(cluster.data) / "base" / str(number), Path(cluster.data) / "pg_wal")
    yield "log", (cluster.folder / "log").read_bytes()


@pytest.mark.slow
def test_who_was_erased_is_nowhere(
    installed: Installation, loads: Loads, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    services, marked = installed.services, Marked(installed, PEOPLE)
    with listening(tmp_path):
        installed.signs(STAYS, "Stays Unerased")
        installed.confirms(STAYS)
        marked.join()
        before, old = list(leaves(services.database)), Path(marked.back_up("old"))
        active = installed.count()["active"]
        for page in marked.erase():
            assert page
        installed.client().get(f"/mine/{marked.pages[0]}")
        installed.records()
        write_everything(installed, tmp_path)
    for mail in installed.mail_folder.iterdir():
        assert STAYS.encode() in mail.read_bytes()  # and to nobody else
    keys = keys_under(services.settings.keys_dir, tmp_path / "copies")
    copy = loads(old)
    was_there = [content for _, content in readable(copy, keys)]
    assert sum(b"zqxjkvwpyb." in content for content in was_there) >= PEOPLE  # the keys of before open it
    rotate(installed, tmp_path)

    assert places_of(tables_of(services.database), MARKS) == set()
    assert places_of(files_under(tmp_path), MARKS) == set()
    assert places_of(files_of_server(installed, request), MARKS) == set()
    keys = keys_under(services.settings.keys_dir, tmp_path / "copies")
    assert places_of(readable(services.database, keys), MARKS) == set()
    assert places_of(readable(services.database, keys), [STAYS]) == {"record"}
    (new,) = (tmp_path / "new").iterdir()
    for backup, who in ((old, set()), (new, {"record"})):
        opened = loads(backup)
        assert places_of(tables_of(opened), MARKS) == set()
        assert places_of(readable(opened, keys), MARKS) == set()
        assert places_of(readable(opened, keys), [STAYS]) == who
    after = list(leaves(services.database))
    withdrawn = sum(b'"signature.withdrawn"' in leaf for leaf in after)
    assert after[: len(before)] == before
    assert installed.count()["active"] == active + PEOPLE // 10 + 1 - withdrawn


@pytest.mark.parametrize("form", sorted({form for mark in MARKS for form in forms_of(mark)}))
def test_the_search_finds_a_planted_one_in_every_form(sqlite_database: Database, tmp_path: Path, form: bytes) -> None:
    (tmp_path / "file").write_bytes(b"before " + form + b" after")
    assert places_of(files_under(tmp_path), MARKS) == {str(tmp_path / "file")}
    with sqlite_database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE left_behind (anything BLOB)")
        connection.exec_driver_sql("INSERT INTO left_behind VALUES (?)", (form,))
    assert places_of(tables_of(sqlite_database), MARKS) == {"left_behind"}


@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, bytes.hex, json.dumps])
def test_it_finds_a_name_wherever_it_stands_in_what_was_encoded(before: int, encode: Callable[..., object]) -> None:
    text = f"{'ä' * before}|Zqxjkvwpyb Üñmärkvöş 17|{'ö' * before}"
    found = encode(text if encode is json.dumps else text.encode())
    heap = found if isinstance(found, bytes) else str(found).encode()
    for mark in (MARKS[0], MARKS[2]):
        assert places_of([("heap", heap)], [mark]) == {"heap"}
