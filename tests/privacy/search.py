"""The search for what must not be anywhere: a text in every form in which its bytes could lie about."""

from __future__ import annotations

import base64
import quopri
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa

from service.readmodel.tables import metadata
from service.store.database import Database


def forms_of(text: str) -> set[bytes]:
    """Return the encodings of a text that survive anything put before or after it.

    UTF-8, UTF-16, upper case, hex, JSON escapes, percent and quoted-printable escapes, and base64 at each of the three
    alignments, without the characters that its neighbours have a part in.
    """
    raw = text.encode()
    escapes = [f"\\u{ord(c):04x}" for c in text], [f"\\u{ord(c):04X}" for c in text]
    found = {raw, raw.upper(), raw.lower(), text.upper().encode(), text.casefold().encode(), text.encode("utf-16-le")}
    found |= {raw.hex().encode(), raw.hex().upper().encode()}
    for escaped in escapes:
        some = (c if c.isascii() else e for c, e in zip(text, escaped, strict=True))
        found |= {"".join(escaped).encode(), "".join(some).encode()}
    found |= {urllib.parse.quote(text).encode(), quopri.encodestring(raw).rstrip(b"=\n")}
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw)
        whole = encoded[(0, 2, 3)[before] : len(encoded) // 4 * 4 - (4 if (before + len(raw)) % 3 else 0)]
        found |= {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}
    return {form for form in found if len(form) > 5}


def tables_of(database: Database) -> Iterator[tuple[str, bytes]]:
    """Yield every row of every table that the database has, whatever it is called, all columns in one."""
    with database.read() as connection:
        known = sa.MetaData()
        known.reflect(connection)
        assert set(metadata.tables) <= set(known.tables)
        for name, table in known.tables.items():
            for row in connection.execute(sa.select(table).execution_options(yield_per=1000)):
                yield name, b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in row)


def files_under(*places: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file under these folders, its name before its content."""
    for place in places:
        for path in sorted(place.rglob("*")):
            if path.is_file():
                yield str(path), str(path.relative_to(place)).encode() + b"\n" + path.read_bytes()


def places_of(heaps: Iterable[tuple[str, bytes]], texts: Iterable[str]) -> set[str]:
    """Return the names of the heaps that hold one of these texts in any form."""
    forms = set().union(*(forms_of(text) for text in texts))
    return {name for name, heap in heaps if any(form in heap for form in forms)}
