"""A log is read from archives and addresses as from a folder, and a hostile one neither hangs nor fills the memory."""

from __future__ import annotations

import contextlib
import gzip
import io
import socket
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.audit import archive, packed
from service.audit.address import Address
from service.audit.packed import Unpacked
from service.audit.reading import Unreadable
from service.audit.sources import SourceFailed, source_of
from service.audit.verifying import verify_log
from tests.audit.builder import ORIGIN, vkey
from tests.audit.folder import write_log
from tests.audit.lies import log_with_campaign

LINES = log_with_campaign(signers=600).lines()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a published log in a folder."""
    return write_log(tmp_path / "log-copy", LINES)


def pack(copy: Path, name: str, top: str, order: Callable[[list[Path]], list[Path]] = sorted) -> Path:
    """Pack the folder into an archive, in a folder of that name, or at the top."""
    path = copy.parent / name
    files = order([each for each in copy.rglob("*") if each.is_file()])
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed_zip:
            for each in files:
                packed_zip.write(each, f"{top}{each.relative_to(copy)}")
    else:
        with tarfile.open(path, "w" if name.endswith(".tar") else "w:gz") as packed_tar:
            for each in files:
                packed_tar.add(each, f"{top}{each.relative_to(copy)}")
    return path


def verified(source: str, copy: Path) -> tuple[int, int, int]:
    (copy.parent / "policy").write_text(f"log {vkey(ORIGIN, 1)}\nquorum none\n")
    report = verify_log(source, copy.parent / "policy", lambda done, total: None)
    return report.error_count, report.finding_count, report.size


@pytest.mark.parametrize("name", ["log.tar", "log.tar.gz", "log.tgz", "log.zip"])
@pytest.mark.parametrize("top", ["", "./", "some/where/log-copy/"])
def test_an_archive_of_the_folder_is_verified_in_place(copy: Path, name: str, top: str) -> None:
    before = set(copy.parent.iterdir())
    assert verified(str(pack(copy, name, top)), copy) == (0, 0, 604)
    assert {path.name for path in set(copy.parent.iterdir()) - before} == {name, "policy"}


@pytest.mark.parametrize("name", ["log.tar", "log.tar.gz", "log.zip"])
def test_a_changed_member_of_an_archive_is_an_error(copy: Path, name: str) -> None:
    path = copy / "tile/entries/001"
    path.write_bytes(path.read_bytes().replace(b"2026-01-05", b"2026-01-06", 1))
    assert verified(str(pack(copy, name, "")), copy)[0] > 0


def test_a_packed_tar_in_any_order_is_read(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "BLOCK", 5_000)
    monkeypatch.setattr(packed, "BLOCKS_HELD", 2)
    path = pack(copy, "log.tar.gz", "", lambda files: sorted(files, reverse=True))
    assert verified(str(path), copy) == (0, 0, 604)


def test_a_packed_file_is_read_at_any_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "BLOCK", 1_000)
    monkeypatch.setattr(packed, "BLOCKS_HELD", 3)
    for length in (0, 1, 999, 1000, 1001, 25_000):
        content = b"".join(b"%d," % number for number in range(length))[:length]
        (tmp_path / "x.gz").write_bytes(gzip.compress(content[: length // 2]) + gzip.compress(content[length // 2 :]))
        with contextlib.closing(Unpacked(tmp_path / "x.gz")) as unpacked:
            assert unpacked.size == length
            for place in (0, 998, 24_000, 500, length - 1, length, 3):
                unpacked.seek(max(0, place))
                assert unpacked.read(1500) == content[max(0, place) :][:1500]
    for wrong in (gzip.compress(b"a" * 5000)[:-9], gzip.compress(b"a") + b"more", b"\x1f\x8b"):
        (tmp_path / "x.tar.gz").write_bytes(wrong)
        with pytest.raises(SourceFailed, match="cannot be read"):
            source_of(str(tmp_path / "x.tar.gz"))


def tar_of(path: Path, *members: tarfile.TarInfo) -> str:
    with tarfile.open(path, "w") as packed_tar:
        for member in members:
            packed_tar.addfile(member, io.BytesIO(bytes(member.size)))
    return str(path)


def member(name: str, size: int = 3, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, "/etc/passwd"
    return info


def test_what_an_archive_may_hold_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*members: tarfile.TarInfo, match: str) -> None:
        with pytest.raises(SourceFailed, match=match):
            source_of(tar_of(tmp_path / "x.tar", *members))

    refused(member("a/keys"), match="no checkpoint")
    refused(member("checkpoint", kind=tarfile.SYMTYPE, size=0), match="no checkpoint")
    refused(member("checkpoint"), member("./checkpoint"), match="twice")
    monkeypatch.setattr(archive, "DOCUMENT_MAX_BYTES", 10)
    refused(member("checkpoint", 11), match="11 bytes")
    monkeypatch.setattr(archive, "MEMBERS_MAX", 2)
    refused(member("checkpoint"), member("a"), member("b"), match="member 3")
    monkeypatch.setattr(archive, "MEMBERS_MAX", 9)
    monkeypatch.setattr(archive, "UNPACKED_MAX_BYTES", 5)
    refused(member("checkpoint"), member("a"), match="member 2")
    monkeypatch.setattr(archive, "_HEADER_MAX_BYTES", 2_000)
    refused(member("x" * 5_000), match="header of")
    monkeypatch.setattr(archive, "_HEADER_MAX_BYTES", 1 << 20)
    monkeypatch.setattr(archive, "_READS_MAX", 3)
    refused(*(member(f"d{number}", 0, tarfile.DIRTYPE) for number in range(9)), match="without end")


def test_a_link_in_an_archive_leads_nowhere(copy: Path) -> None:
    (copy / "keys").unlink()
    (copy / "keys").symlink_to("/etc/hostname")
    with contextlib.closing(source_of(str(pack(copy, "log.tar", "")))) as source:
        assert (source.get("keys"), source.get("../policy"), source.get("/etc/hostname")) == (None, None, None)


def test_a_zip_that_swells_or_lists_without_end_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = copy.parent / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("checkpoint", bytes(3_000_000))
    with contextlib.closing(source_of(str(path))) as source, pytest.raises(SourceFailed, match="3000000 bytes"):
        source.get("checkpoint")
    # The list says 3 bytes: what is read is limited, whatever the list says.
    path.write_bytes(path.read_bytes().replace((3_000_000).to_bytes(4, "little"), (3).to_bytes(4, "little")))
    with contextlib.closing(source_of(str(path))) as source, pytest.raises(SourceFailed):
        source.get("checkpoint")
    monkeypatch.setattr(archive, "DIRECTORY_MAX_BYTES", 100)
    with pytest.raises(SourceFailed, match="list of members"):
        source_of(str(pack(copy, "log.zip", "")))


@pytest.mark.parametrize(
    "content", [b"", b"nothing", bytes(2_000), gzip.compress(bytes(2_000)), b"PK\x05\x06" + bytes(18)]
)
@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.zip", "x.txt"])
def test_what_is_no_archive_says_what_to_do(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=name):
        verify_log(str(tmp_path / name), None, lambda done, total: None)


@contextlib.contextmanager
def serving(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve each connection with the next answer, the last one again and again; yield the address."""
    listening, over = socket.create_server(("127.0.0.1", 0)), threading.Event()
    listening.settimeout(10)

    def serve() -> None:
        count = 0
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            answer = answers[min(count, len(answers) - 1)]
            count += 1
            with connection, contextlib.suppress(OSError):
                connection.settimeout(10)
                connection.recv(65536)
                if over.is_set():
                    return
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                else:
                    answer(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/log"
    finally:
        over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(listening.getsockname()).close()
        thread.join()
        listening.close()


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(bytes(65536))


def dripping_head(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def dripping_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    waiting = threading.Event()
    while not waiting.wait(0.02):
        connection.sendall(b"a")


def silent(connection: socket.socket) -> None:
    connection.recv(1)  # until the other side gives up


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: "


@pytest.mark.parametrize(("answer", "said"), [
    (endless, "more than"), (dripping_head, "too slowly|timed out"), (dripping_body, "too slowly|timed out"),
    (silent, "timed out"),
    (HEAD + b"9999999999\r\n\r\n", "more than"), (HEAD + b"10\r\n\r\nshort", "cut off"),
    (HEAD + b"-5\r\n\r\n" + bytes(9_999_999), "more than"),
    (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "redirects"),
    (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "answered 500"), (b"nonsense\r\n\r\n", "could not be fetched"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "could not be fetched"),
    (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip", "could not be fetched"),
    (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(3_000_000)), "more than"),
    (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "could not be fetched"), (b"", "could not be fetched"),
], ids=lambda value: getattr(value, "__name__", str(value)[:30]))  # fmt: skip
def test_a_hostile_server_is_left_with_a_reason(answer: bytes | Callable[[socket.socket], None], said: str) -> None:
    with serving(answer) as address, contextlib.closing(Address(address, read_s=0.3, file_s=0.5)) as source:
        with pytest.raises(SourceFailed, match=said):
            source.get("checkpoint")


def test_all_files_together_have_a_limit_too() -> None:
    with serving(HEAD + b"2\r\n\r\nok") as address:
        with contextlib.closing(Address(address)) as source:
            assert source.get("checkpoint") == b"ok"
        with pytest.raises(SourceFailed, match="too slow"):
            Address(address, all_s=-1).get("checkpoint")


def test_what_is_not_there_is_nothing_and_a_closed_connection_is_made_again() -> None:
    missing, gone = b"HTTP/1.1 404 No\r\n\r\na page", b"HTTP/1.1 410 Gone\r\n\r\n"
    with serving(missing, gone, HEAD + b"2\r\n\r\nok", HEAD + b"3\r\n\r\nyes") as address:
        with contextlib.closing(Address(address)) as source:
            assert [source.get("x") for _ in range(4)] == [None, None, b"ok", b"yes"]
    with serving(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"small")) as address:
        assert Address(address).get("x") == b"small"


@pytest.mark.parametrize(
    "name", ["http://", "https://:99999/log", "http://x:port/log", "http://x/log?y", "http://x/log#y"]
)
def test_what_is_no_address_says_so(name: str) -> None:
    with pytest.raises(Unreadable, match="no address"):
        verify_log(name, None, lambda done, total: None)
