"""Samples that wait for their auditor: sealed for the auditor's key, and once more under a key of their own.

The second seal lets a backup of the database be of no use for them once its key-encryption key is gone.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from service.errors import NotFound
from service.store.database import Database
from service.store.tables import audit_sample
from service.vault.keys import Keys
from service.vault.sealing import new_key, seal, unseal, unwrap, wrap

KEPT_S = 7 * 86_400  # seconds; PRIVACY.md section 2
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Waiting:
    """A sample that waits: its file, of which campaign it is, and which account alone may fetch it."""

    file: str
    campaign: str
    account: str


def keep(connection: sa.Connection, keys: Keys, waiting: Waiting, now: datetime) -> str:
    """Keep a sample for seven days, in the caller's transaction, and return its id."""
    sample_id, data_key = "s_" + "".join(secrets.choice(_ALPHABET) for _ in range(10)), new_key()
    kek, wrapped = wrap(keys, data_key, sample_id.encode())
    row = {
        "id": sample_id, "campaign": waiting.campaign, "account": waiting.account, "kek": kek, "wrapped_key": wrapped,
        "sealed": seal(data_key, {"file": waiting.file}, sample_id.encode()),
        "expires": int(now.timestamp()) + KEPT_S,
    }  # fmt: skip
    connection.execute(sa.insert(audit_sample).values(row))
    return sample_id


def take(connection: sa.Connection, keys: Keys, sample_id: str, account: str, now: datetime) -> str:
    """Return a sample's file and delete it, in the caller's transaction: it is fetched once.

    :raises NotFound: if there is none of this id for this account, or it was fetched before, or its time is over.
    """
    mine = (audit_sample.c.id == sample_id) & (audit_sample.c.account == account)
    chosen = sa.select(audit_sample).where(mine, audit_sample.c.expires > int(now.timestamp()))
    row = connection.execute(chosen.with_for_update()).mappings().one_or_none()
    if row is None:
        raise NotFound(
            f"No sample {sample_id} waits for this account: it was fetched before, its seven days are over, or another "
            "account asked for it. Ask for a new one."
        )
    connection.execute(sa.delete(audit_sample).where(mine))
    data_key = unwrap(keys, row["kek"], row["wrapped_key"], sample_id.encode())
    return str(unseal(data_key, row["sealed"], sample_id.encode())["file"])


def sweep(database: Database, now: datetime) -> int:
    """Delete samples that nobody fetched in time; return how many."""
    late = audit_sample.c.expires <= int(now.timestamp())
    with database.read() as connection:
        if not connection.execute(sa.select(audit_sample.c.id).where(late).limit(1)).first():
            return 0
    with database.write() as connection:
        return connection.execute(sa.delete(audit_sample).where(late)).rowcount
