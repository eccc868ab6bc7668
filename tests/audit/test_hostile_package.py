"""A package that lists one member's bytes many times over is refused before it fills the memory."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from service.audit.package_file import read_package
from service.audit.reading import Unreadable


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a", b"x" * 100_000)
        (only,) = made.infolist()
        for number in range(50):
            again = zipfile.ZipInfo(f"{number}")
            again.file_size, again.compress_size, again.CRC = only.file_size, only.compress_size, only.CRC
            again.header_offset = only.header_offset
            made.filelist.append(again)
    with pytest.raises(Unreadable, match="more bytes than it has"):
        read_package(path)


def test_what_is_whole_is_read(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a", b"x" * 100_000)
    assert read_package(path) == {"a": b"x" * 100_000}
