"""Trying every key that is still on the machine on every row of a database or a backup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.operations.wrapped import WRAPPED
from service.store.database import Database
from service.store.tables import campaign_key, outbox, pending
from service.vault.campaign_keys import campaign_key_associated
from service.vault.key_files import read_key_file
from service.vault.sealing import NONCE_BYTES


def keys_under(*folders: Path) -> list[bytes]:
    """Return every key-encryption key in these folders, whatever its number."""
    return [read_key_file(path) for folder in folders for path in sorted(folder.glob("kek-*"))]


def readable(database: Database, keys: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield what any of these keys opens: the records and forms of people, and the mails that wait."""
    with database.read() as connection:
        mails = {row.pending: bytes(row.sealed) for row in connection.execute(sa.select(outbox))}
        for wrapped in WRAPPED:
            if "sealed" not in wrapped.table.c or wrapped.column == "sealed":
                continue
            for row in connection.execute(sa.select(wrapped.table)).mappings():
                associated = wrapped.associated(row)
                for data_key in opened(keys, row[wrapped.column], associated):
                    yield from ((wrapped.table.name, x) for x in opened([data_key], row["sealed"], associated))
                    if wrapped.table is pending and row["id"] in mails:
                        yield from (("outbox", x) for x in opened([data_key], mails[row["id"]], row["id"].encode()))


def token_keys(database: Database, keys: list[bytes]) -> Iterator[bytes]:
    """Yield the keys of appeals that any of these keys opens."""
    with database.read() as connection:
        for row in connection.execute(sa.select(campaign_key)):
            yield from opened(keys, row.sealed, campaign_key_associated(row.campaign))


def opened(keys: list[bytes], sealed: bytes | None, associated: bytes) -> Iterator[bytes]:
    """Yield what sealed bytes are under each key that opens them."""
    for key in keys if sealed is not None else ():
        with suppress(InvalidTag):
            yield AESGCM(key).decrypt(bytes(sealed[:NONCE_BYTES]), bytes(sealed[NONCE_BYTES:]), associated)
