"""The token key K of each campaign: made when it opens, sealed in the vault, destroyed when the campaign is sealed.

Who holds K can test a guessed address against the log. It is therefore read through this module only.
"""

from __future__ import annotations

import sqlalchemy as sa

from service.errors import PetitionError
from service.store.tables import campaign_key as table
from service.vault.keys import Keys
from service.vault.sealing import new_key, unwrap, wrap


class CampaignKeyGone(PetitionError):
    """This appeal is sealed: nobody's signature can be found in it by an address any more."""

    code, status = "campaign-sealed", 410


def create_campaign_key(connection: sa.Connection, keys: Keys, campaign_id: str) -> None:
    """Make and keep a new random key for a campaign, in the transaction that opens it.

    :raises sqlalchemy.exc.IntegrityError: if it has one already.
    """
    kek, sealed = wrap(keys, new_key(), campaign_key_associated(campaign_id))
    connection.execute(sa.insert(table).values(campaign=campaign_id, kek=kek, sealed=sealed))


def campaign_key(connection: sa.Connection, keys: Keys, campaign_id: str) -> bytes:
    """Return the key of a campaign (32 bytes).

    :raises CampaignKeyGone: if it was destroyed or never made.
    """
    row = connection.execute(sa.select(table).where(table.c.campaign == campaign_id)).one_or_none()
    if row is None:
        raise CampaignKeyGone()
    return opened_campaign_key(keys, campaign_id, row.kek, row.sealed)


def opened_campaign_key(keys: Keys, campaign_id: str, kek: int, sealed: bytes) -> bytes:
    """Return the key of a campaign from its row, for who joins it to a question of their own."""
    return unwrap(keys, kek, sealed, campaign_key_associated(campaign_id))


def campaign_keys(connection: sa.Connection, keys: Keys) -> dict[str, bytes]:
    """Return the keys of all campaigns that are not sealed: for "send me my link", which knows no campaign."""
    rows = connection.execute(sa.select(table).order_by(table.c.campaign))
    return {row.campaign: opened_campaign_key(keys, row.campaign, row.kek, row.sealed) for row in rows}


def destroy_campaign_key(connection: sa.Connection, campaign_id: str) -> None:
    """Destroy the key of a campaign: from here its tokens are random numbers to everybody. Once more does nothing."""
    connection.execute(sa.delete(table).where(table.c.campaign == campaign_id))


def campaign_key_associated(campaign_id: str) -> bytes:
    """Return the associated data of a campaign's key: it opens as no other campaign's."""
    return b"campaign_key\0" + campaign_id.encode()
