"""The log is published with a signed checkpoint, as static files, and as the auditor's program fetches it."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from service.archive.documents import MARKDOWN, put, take_down
from service.audit.__main__ import main
from service.audit.notes import parse_note, parse_vkey, verify
from service.audit.reading import Unreadable
from service.audit.verifying import verify_log
from service.errors import LogDamaged, PetitionError, Refused
from service.publishing.checkpoint import publish
from service.publishing.folder import write_folder
from service.publishing.routes import pages
from service.publishing.signed import Checkpoint, newest
from service.publishing.startup import Published, ask_all
from service.publishing.tiles import tiles_between
from service.readmodel.tables import live
from service.store.tables import checkpoint, event
from tests.publishing.partners import alone
from tests.signatures.conftest import Signing


def published(signing: Signing, people: int = 3) -> int:
    """Let people sign, and publish; return the size."""
    for _ in range(people):
        signing.joins()
    signing.records()
    publish(signing.database, signing.keys, alone(signing.keys))
    with signing.database.read() as connection:
        found = newest(connection)
    assert found is not None
    return found.size


def contradictions(signing: Signing) -> list[str]:
    """Return what is found at the start, without witnesses."""
    published = Published(signing.database, signing.keys, alone(signing.keys), "")
    return [each.contradiction for each in ask_all(published) if each.contradiction]


@pytest.fixture
def copy(signing: Signing, tmp_path: Path) -> Path:
    """Return a folder with a published log of 23 entries."""
    published(signing, 20)
    write_folder(signing.database, alone(signing.keys), tmp_path / "copy", lambda path: None)
    return tmp_path / "copy"


def quiet(done: int, total: int) -> None:
    """Say nothing."""


def test_a_checkpoint_is_signed_and_grows_with_the_log(signing: Signing) -> None:
    assert [published(signing), published(signing), published(signing, 0)] == [6, 9, 9]
    with signing.database.read() as connection:
        found = newest(connection)
    assert found is not None
    note = parse_note(found.note.encode())
    assert verify(note, [parse_vkey(signing.keys.log_vkey)])
    assert note.text.split("\n")[:2] == ["petition.example/log", "9"]


def test_a_log_that_shrank_or_changed_is_refused(signing: Signing) -> None:
    published(signing)
    assert contradictions(signing) == []
    with signing.database.write() as connection:
        connection.execute(sa.update(live.leaf).where(live.leaf.c.leaf_index == 1).values(hash=b"0" * 32))
    assert contradictions(signing) == ["The stored events do not give the root that was signed for size 6"]
    with signing.database.write() as connection:
        connection.execute(sa.update(live.progress).values(log_size=4))
    with pytest.raises(LogDamaged, match="6 were published"):
        publish(signing.database, signing.keys, alone(signing.keys))


def test_two_publishers_never_make_two_roots_for_a_size(signing: Signing) -> None:
    from service.publishing import checkpoint as room

    published(signing)
    with signing.database.write() as connection:
        stale = newest(connection)
        connection.execute(sa.update(checkpoint).values(root=b"1" * 32))
        with pytest.raises(LogDamaged, match="two publishers"):
            room._swap(connection, stale, Checkpoint(7, b"2" * 32, "x"))


def test_a_copy_is_what_the_service_serves(signing: Signing, copy: Path) -> None:
    app = Flask("published")
    app.register_blueprint(pages(signing.database, alone(signing.keys)))
    app.register_error_handler(PetitionError, lambda error: (str(error), error.status))
    client = app.test_client()
    files = [path for path in copy.rglob("*") if path.is_file()]
    names = {str(path.relative_to(copy)) for path in files}
    assert names == {"checkpoint", "keys", *(tile.path for tile in tiles_between(0, 23))}
    for path in files:
        answer = client.get(f"/log/{path.relative_to(copy)}")
        assert answer.get_data() == path.read_bytes()
        assert ("immutable" in answer.headers["Cache-Control"]) == ("tile" in str(path))
    for missing in ("tile/0/000.p/24", "tile/0/001", "tile/1/000", "tile/entries/000", "tile/0/0"):
        assert client.get(f"/log/{missing}").status_code == 404


def test_a_copy_grows_and_is_the_same_as_one_made_at_once(signing: Signing, copy: Path, tmp_path: Path) -> None:
    before = (copy / "tile/0/000.p/23").read_bytes()
    published(signing, 2)
    for folder in (copy, tmp_path / "fresh"):
        assert write_folder(signing.database, alone(signing.keys), folder, lambda path: None) == 25
    fresh = {p.relative_to(tmp_path / "fresh"): p.read_bytes() for p in (tmp_path / "fresh").rglob("*") if p.is_file()}
    assert {name: (copy / name).read_bytes() for name in fresh} == fresh
    assert (copy / "tile/0/000.p/23").read_bytes() == before


def test_a_copy_has_every_public_document_and_none_that_was_taken_down(signing: Signing, copy: Path) -> None:
    with signing.database.write() as connection:
        kept = put(connection, b"a public text", MARKDOWN, public=True)
        gone = put(connection, b"a text about somebody", MARKDOWN, public=True)
        put(connection, b"a letter that nobody approved", MARKDOWN, public=False)
    write_folder(signing.database, alone(signing.keys), copy, lambda path: None)
    assert {path.name for path in (copy / "documents").iterdir()} == {kept, gone}
    assert (copy / "documents" / kept).read_bytes() == b"a public text"
    with signing.database.write() as connection:
        take_down(connection, gone, "person")
    write_folder(signing.database, alone(signing.keys), copy, lambda path: None)
    assert {path.name for path in (copy / "documents").iterdir()} == {kept}


def test_a_copy_that_is_ahead_or_of_another_history_is_left_alone(signing: Signing, copy: Path) -> None:
    for old, new in (("\n23\n", "\n24\n"), ("petition.example", "other.example")):
        note = (copy / "checkpoint").read_text()
        (copy / "checkpoint").write_text(note.replace(old, new))
        with pytest.raises(LogDamaged):
            write_folder(signing.database, alone(signing.keys), copy, lambda path: None)
        (copy / "checkpoint").write_text(note)


def test_what_dies_before_the_checkpoint_leaves_the_old_one(signing: Signing, copy: Path) -> None:
    old = (copy / "checkpoint").read_bytes()
    published(signing, 2)

    def die(path: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(signing.database, alone(signing.keys), copy, die)
    assert (copy / "checkpoint").read_bytes() == old
    assert verify_log(str(copy), None, quiet).error_count == 0
    write_folder(signing.database, alone(signing.keys), copy, lambda path: None)
    assert verify_log(str(copy), None, quiet).size == 25


def test_nothing_published_says_what_to_do(signing: Signing, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="petition work"):
        write_folder(signing.database, alone(signing.keys), tmp_path, lambda path: None)


def test_the_auditor_verifies_a_copy_against_a_pinned_key(
    signing: Signing, copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.txt"
    policy.write_text(f"log {signing.keys.log_vkey}\nquorum none\n")
    assert main(["verify", str(copy), "--policy", str(policy), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["size"] == 23
    assert report["campaigns"]["c_Test000001"]["active"] == 20
    assert main(["verify", str(copy), "--quiet"]) == 3  # keys that the source shows prove nothing about it
    other = policy.read_text().replace("petition.example/log+", "petition.example/log+0")
    policy.write_text(other)
    assert main(["verify", str(copy), "--policy", str(policy)]) == 2


def test_every_changed_byte_of_a_copy_is_noticed(copy: Path) -> None:
    for path in sorted(p for p in copy.rglob("*") if p.is_file() and p.name != "keys"):
        right = path.read_bytes()
        for place in range(0, len(right), max(1, len(right) // 60)):
            path.write_bytes(right[:place] + bytes([right[place] ^ 1]) + right[place + 1 :])
            assert is_noticed(copy), (path, place)
        path.write_bytes(right[:-1])
        assert is_noticed(copy), path
        path.write_bytes(right)
    assert verify_log(str(copy), None, quiet).error_count == 0


def is_noticed(copy: Path) -> bool:
    """Return whether the auditor's program finds an error in a copy, or cannot read it."""
    try:
        return verify_log(str(copy), None, quiet).error_count > 0
    except Unreadable:
        return True


def test_a_lost_partial_tile_is_read_from_the_full_one(signing: Signing, copy: Path) -> None:
    (copy / "tile/0/000.p/23").rename(copy / "tile/0/000")
    assert verify_log(str(copy), None, quiet).error_count == 0
    (copy / "tile/0/000").unlink()
    assert verify_log(str(copy), None, quiet).error_count == 1


@pytest.fixture
def address(copy: Path) -> Iterator[str]:
    """Serve the copy with a plain web server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(copy)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_auditor_verifies_an_address(address: str, copy: Path) -> None:
    assert verify_log(address, None, quiet).size == 23
    (copy / "checkpoint").unlink()
    with pytest.raises(Unreadable, match="no checkpoint"):
        verify_log(address, None, quiet)
    with pytest.raises(Unreadable, match="could not be fetched"):
        verify_log("http://127.0.0.1:1", None, quiet)


def test_a_properly_signed_lie_is_found(signing: Signing, copy: Path) -> None:
    """The operator signs a log in which one entry was left out: the bundle no longer leads to what was signed."""
    with signing.database.write() as connection:
        newest_event = connection.execute(sa.select(sa.func.max(event.c.id))).scalar_one()
        connection.execute(sa.delete(event).where(event.c.id == newest_event))
        connection.execute(sa.delete(live.leaf).where(live.leaf.c.position == newest_event))
        connection.execute(sa.update(live.progress).values(log_size=22))
    assert contradictions(signing) == ["The log ends at position 22, but 23 was applied before"]
    with pytest.raises(LogDamaged):
        publish(signing.database, signing.keys, alone(signing.keys))
