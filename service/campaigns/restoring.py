"""The exact row of a campaign, made again from the log after a restored backup was behind it."""

from __future__ import annotations

import sqlalchemy as sa

from service.campaigns.aggregate import Campaign
from service.campaigns.exact import followed
from service.eventlog.log import PetitionLog
from service.store.tables import campaign as campaign_table
from service.vault.campaign_keys import destroy_campaign_key


def restore_campaign(connection: sa.Connection, log: PetitionLog, campaign_id: str) -> Campaign | None:
    """Write what the log says into a campaign's row and return it; call inside `log.transaction()`.

    Returns nothing for a campaign that was opened after the backup: its key and what its page shows were in none.
    """
    found = Campaign.load(campaign_id, log.stream(campaign_id))
    written = sa.update(campaign_table).where(campaign_table.c.id == campaign_id).values(followed(found))
    if not connection.execute(written).rowcount:
        return None
    if found.state == "sealed":
        destroy_campaign_key(connection, campaign_id)
    return found
