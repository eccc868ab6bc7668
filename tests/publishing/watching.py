"""A log that three partners watch over, and what is to be seen of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from service.audit.notes import parse_note, parse_vkey, verify
from service.publishing.checkpoint import publish
from service.publishing.policy import Policy
from service.publishing.shown import newest_shown
from service.store.tables import witness
from tests.publishing.partners import Partner
from tests.signatures.conftest import Signing

NOW = 1_790_000_000


def grows(signing: Signing, policy: Policy, people: int = 1) -> None:
    """Let people sign, and sign the log."""
    for _ in range(people):
        signing.joins()
    signing.records()
    publish(signing.database, signing.keys, policy)


def shown_size(signing: Signing) -> int:
    """Return the size that everybody sees."""
    with signing.database.read() as connection:
        found = newest_shown(connection)
    return found.size if found else 0


def rows(signing: Signing) -> dict[str, Any]:
    """Return what is known of each witness by its key."""
    with signing.database.read() as connection:
        return {row.key: row for row in connection.execute(sa.select(witness))}


def signers(signing: Signing, partners: list[Partner]) -> list[str]:
    """Return the names of those whose signatures on what is shown hold."""
    with signing.database.read() as connection:
        note = newest_shown(connection).note  # type: ignore[union-attr]
    keys = [parse_vkey(signing.keys.log_vkey), *(each.key.public for each in partners)]
    return [key.name for key in verify(parse_note(note.encode()), keys)]
