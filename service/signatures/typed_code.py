"""What a typed code opens; five wrong ones end it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from service.errors import LinkUnknown
from service.signatures.codes import code_prefix, is_code
from service.store.database import Database
from service.store.tables import pending
from service.vault.keys import Keys

TRIES_MAX = 5  # of each row: 30 secret bits behind the prefix stand against five guesses


def pending_by_code(database: Database, keys: Keys, code: str, now: datetime) -> str:
    """Return the id of the pending row that a code belongs to.

    A wrong code counts as a try for every row that shares its first characters.

    :raises LinkUnknown: if the code is wrong, expired, or was tried too often.
    """
    candidates = (
        (pending.c.code_prefix == code_prefix(code))
        & (pending.c.tries < TRIES_MAX)
        & (pending.c.expires > int(now.timestamp()))
    )
    with database.write() as connection:
        rows = connection.execute(sa.select(pending.c.id, pending.c.code_mac).where(candidates)).all()
        for row in rows:
            if is_code(keys.mac, code, row.code_mac):
                return str(row.id)
        connection.execute(sa.update(pending).where(candidates).values(tries=pending.c.tries + 1))
    raise LinkUnknown
