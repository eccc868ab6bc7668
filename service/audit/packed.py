"""Reads a gzip file at any place without unpacking it to disk or holding it in memory."""

from __future__ import annotations

import io
import zlib
from bisect import bisect_right
from collections import OrderedDict
from pathlib import Path
from typing import Any

from service.audit.source_limits import UNPACKED_MAX_BYTES, SourceFailed

BLOCK = 1 << 22  # bytes between two places from which reading can go on; each costs some 50 kB
BLOCKS_HELD = 32  # unpacked ones, so that files in any order near each other cost one pass
PACKED_CHUNK = 1 << 16  # bytes
_GZIP_WINDOW = 31


class Unpacked(io.RawIOBase):
    """The content of a gzip file as a file in which one can seek.

    It is read through once, which notes the unpacker's state at every block; a later read goes on from the one before.
    """

    def __init__(self, path: Path) -> None:
        self._raw = path.open("rb")
        self._marks: list[tuple[int, int, bytes, Any]] = []  # unpacked and packed place, packed bytes left over, state
        self._held: OrderedDict[int, bytes] = OrderedDict()
        self._place = self.size = 0
        try:
            self._read_through()
        except BaseException:
            self.close()
            raise

    def _read_through(self) -> None:
        at, state, packed = 0, zlib.decompressobj(_GZIP_WINDOW), b""
        while True:
            self._marks.append((at, self._raw.tell(), packed, state.copy()))
            block, state, packed = self._unpack(state, packed)
            at += len(block)
            if at > UNPACKED_MAX_BYTES:
                raise SourceFailed(f"it unpacks to more than {UNPACKED_MAX_BYTES} bytes")
            if len(block) < BLOCK:
                break
        self.size = at

    def _unpack(self, state: Any, packed: bytes) -> tuple[bytes, Any, bytes]:
        """Unpack a block from here; a shorter one is the last. :raises EOFError: if the file is cut off."""
        parts, missing = [], BLOCK
        while missing:
            packed = packed or self._raw.read(PACKED_CHUNK)
            if state.eof:
                if not packed:
                    break
                state = zlib.decompressobj(_GZIP_WINDOW)
            part = state.decompress(packed, missing)
            if not packed and not part:
                raise EOFError("the gzip file is cut off")
            packed = state.unused_data if state.eof else state.unconsumed_tail
            parts.append(part)
            missing -= len(part)
        return b"".join(parts), state, packed

    def _block(self, number: int) -> bytes:
        if number in self._held:
            self._held.move_to_end(number)
            return self._held[number]
        _, place, packed, state = self._marks[number]
        self._raw.seek(place)
        self._held[number] = self._unpack(state.copy(), packed)[0]
        if len(self._held) > BLOCKS_HELD:
            self._held.popitem(last=False)
        return self._held[number]

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place from the start; other ways are not needed."""
        self._place = offset
        return offset

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; fewer at the end."""
        parts, end = [], min(self.size, self._place + max(0, size))
        while self._place < end:
            number = bisect_right(self._marks, self._place, key=lambda mark: mark[0]) - 1
            start = self._place - self._marks[number][0]
            part = self._block(number)[start : start + end - self._place]
            parts.append(part)
            self._place += len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
        super().close()
