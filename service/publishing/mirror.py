"""A published copy of the log, read back: a folder, or the address of a mirror (docs/log_format.md section 2)."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from service.errors import LogDamaged, NotFound, Refused
from service.publishing.signed import Checkpoint, read_signed
from service.publishing.tiles import ENTRIES, WIDTH, Tile
from service.vault.keys import Keys

FILE_MAX_BYTES = 2_200_000  # a bundle of 256 tallies of 8,192 bytes, each after its length, is the largest file
DOCUMENT_MAX_BYTES = 50_000_000  # a letter with its annexes
TIMEOUT_S = 30.0

Fetch = Callable[[str], bytes]
"""Returns the content of a path under the log's address. Raises NotFound if there is no such file."""


def copy_at(name: str) -> Fetch:
    """Return how to read a copy: an ``http(s)://…/log`` address, or a folder. :raises Refused: if it is neither."""
    if name.startswith(("http://", "https://")):
        return _from_address(name.rstrip("/"))
    if not Path(name).is_dir():
        raise Refused(f"{name} is neither an address nor a folder: name a published copy of the log.")
    return _from_folder(Path(name))


def checkpoint_of(fetch: Fetch, keys: Keys) -> Checkpoint:
    """Return the checkpoint of a copy. :raises LogDamaged: if this log's own key did not sign it."""
    note = fetch("checkpoint").decode("utf-8", "replace")
    try:
        return read_signed(keys, note)
    except ValueError as error:
        raise LogDamaged(f"the copy's checkpoint cannot be used: {error}") from error


def entries_from(fetch: Fetch, start: int, size: int) -> Iterator[bytes]:
    """Yield the entries `start` to `size` - 1 of a copy, in order.

    :raises LogDamaged: if a bundle is missing or is not exactly its entries. Whether they belong to the checkpoint only
        the root tells: compare it before anything is kept.
    """
    for index in range(start // WIDTH, -(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        entries = _split(_bundle(fetch, index, width), index)
        if len(entries) < width:
            raise LogDamaged(f"the copy's bundle {index} holds {len(entries)} entries, not {width}")
        yield from entries[max(0, start - index * WIDTH) : width]


def _bundle(fetch: Fetch, index: int, width: int) -> bytes:
    try:
        return fetch(Tile(ENTRIES, index, width).path)
    except NotFound:
        pass  # a partial one may be gone once the full one is there, which begins with the same entries
    try:
        return fetch(Tile(ENTRIES, index).path)
    except NotFound as error:
        raise LogDamaged(f"the copy lacks {Tile(ENTRIES, index, width).path}") from error


def _split(bundle: bytes, index: int) -> list[bytes]:
    found, at = [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2], "big")
        found.append(bundle[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(bundle):
        raise LogDamaged(f"the copy's bundle {index} ends within an entry")
    return found


def _from_folder(folder: Path) -> Fetch:
    def fetch(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"{folder / path} is missing") from error
        except OSError as error:
            raise Refused(f"{folder / path} cannot be read: {error.strerror}") from error

    return fetch


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Refuse: an address that sends elsewhere is not the copy that was named."""


def _from_address(base: str) -> Fetch:
    opener = urllib.request.build_opener(_NoRedirect)

    def fetch(path: str) -> bytes:
        most = DOCUMENT_MAX_BYTES if path.startswith("documents/") else FILE_MAX_BYTES
        try:
            with opener.open(f"{base}/{path}", timeout=TIMEOUT_S) as answer:
                content: bytes = answer.read(most + 1)
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                raise NotFound(f"{base}/{path} is missing") from error
            raise Refused(f"{base}/{path} was answered {error.code}") from error
        except OSError as error:
            raise Refused(f"{base}/{path} could not be fetched: {error}") from error
        if len(content) > most:
            raise Refused(f"{base}/{path} has more than {most} bytes")
        return content

    return fetch
