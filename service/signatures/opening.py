"""The opening: proves to whoever holds it that a person signed; shown only to who asks for it."""

from __future__ import annotations

import sqlalchemy as sa

from service.errors import LinkUnknown
from service.signatures.rows import find_mine, opened_record, opening_file, token_hash, unsealed_opening
from service.store.database import Database
from service.store.tables import mine
from service.vault.keys import Keys


def show_opening(database: Database, keys: Keys, mine_token: str) -> str:
    """Return the opening of a supporter's record, or the one that waits for them, which is deleted by it.

    :raises LinkUnknown: if there is neither, or it was shown before.
    """
    with database.write() as connection:
        row = find_mine(connection, mine_token)
        if (kept := opened_record(connection, keys, row["signature"])) is not None:
            return opening_file(kept.content)
        if row["kept_opening"] is None:
            raise LinkUnknown
        shown = sa.update(mine).where(mine.c.token_hash == token_hash(mine_token))
        connection.execute(shown.values(kept_opening=None, kept_until=None))
        return opening_file(unsealed_opening(mine_token, bytes(row["kept_opening"])))
