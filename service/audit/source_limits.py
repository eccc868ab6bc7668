"""What a source may at most give, so that a hostile one fills no memory and holds nobody up."""

from __future__ import annotations

FILE_MAX_BYTES = 2_200_000  # a bundle of 256 tallies of 8,192 bytes, each after its length, is the largest file
DOCUMENT_MAX_BYTES = 50_000_000  # a letter with its annexes
MEMBERS_MAX = 1_000_000  # files of an archive; a log of a hundred million entries has 800,000
UNPACKED_MAX_BYTES = 100_000_000_000  # of an archive in all


class SourceFailed(Exception):
    """The log cannot be read from there: the words say why."""


def limited(content: bytes, path: str, most: int) -> bytes:
    """Return the content. :raises SourceFailed: if it is larger than a file of this kind can be."""
    if len(content) > most:
        raise SourceFailed(f"{path} has more than {most} bytes")
    return content
