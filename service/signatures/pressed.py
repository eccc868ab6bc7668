"""The form behind a link or a code, with all that deciding about it needs: one question to the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.campaigns.queries import CAMPAIGN_COLUMNS, CampaignView, campaign_of
from service.errors import LinkUnknown, NotFound
from service.signatures.rows import token_hash
from service.store.prepared import Prepared
from service.store.tables import campaign, pending
from service.store.tables import campaign_key as key_table
from service.vault.campaign_keys import CampaignKeyGone, opened_campaign_key
from service.vault.keys import Keys

_NAMES = tuple(column.name for column in pending.c)
_PARTS = (*pending.c, key_table.c.kek.label("key_kek"), key_table.c.sealed.label("key_sealed"))
_JOINED = (
    sa.select(*_PARTS, *(column.label(f"campaign_{column.name}") for column in CAMPAIGN_COLUMNS))
    .outerjoin(campaign, campaign.c.id == pending.c.campaign)
    .outerjoin(key_table, key_table.c.campaign == pending.c.campaign)
)
BY_ID = Prepared(_JOINED.where(pending.c.id == sa.bindparam("of")))
BY_LINK = Prepared(
    _JOINED.where(sa.or_(pending.c.token_hash == sa.bindparam("of"), pending.c.reminder_hash == sa.bindparam("of")))
)


@dataclass(frozen=True)
class Pressed:
    """A row of `pending`, and of its campaign what stands beside it; a request for an own link has none."""

    row: dict[str, Any]
    appeal: CampaignView | None
    sealed_key: tuple[int, bytes] | None

    @property
    def campaign(self) -> CampaignView:
        """Return the campaign. :raises NotFound: if there is none."""
        if self.appeal is None:
            raise NotFound
        return self.appeal

    def campaign_key(self, keys: Keys) -> bytes:
        """Return the campaign's key K. :raises CampaignKeyGone: if it was destroyed."""
        if self.sealed_key is None:
            raise CampaignKeyGone
        return opened_campaign_key(keys, self.campaign.id, *self.sealed_key)


def pressed_by_link(connection: sa.Connection, link_token: str, now: datetime) -> Pressed:
    """Return what a mailed link leads to. :raises LinkUnknown: if it is unknown, expired or erased."""
    return _pressed(connection, BY_LINK, token_hash(link_token), now)


def pressed_by_id(connection: sa.Connection, row_id: str, now: datetime) -> Pressed:
    """Return a form by the id of its row. :raises LinkUnknown: if it is unknown, expired or erased."""
    return _pressed(connection, BY_ID, row_id, now)


def _pressed(connection: sa.Connection, question: Prepared, of: str, now: datetime) -> Pressed:
    rows = question.rows(connection, of=of)
    if not rows:
        raise LinkUnknown
    (found,) = rows
    row = dict(zip(_NAMES, found, strict=False))
    if row["expires"] <= now.timestamp():
        raise LinkUnknown
    kek, sealed, *appeal = found[len(_NAMES) :]
    return Pressed(
        row, campaign_of(appeal) if appeal[0] is not None else None, None if kek is None else (kek, bytes(sealed))
    )
