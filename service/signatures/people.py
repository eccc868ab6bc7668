"""What the sealed records tell of a campaign's supporters, as numbers: for tallies, and for nothing else."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from service.campaigns.queries import CampaignView, People
from service.readmodel.standing import corrected_into
from service.readmodel.tables import live
from service.signatures.kept import kept_records
from service.store.tables import erased_count
from service.vault.keys import Keys
from service.web.countries import CODES

COUNTRIES = frozenset(CODES)


def people_of(connection: sa.Connection, keys: Keys, campaign: CampaignView, text: str) -> People:
    """Return who stands for `text`, by country, at the log size that the read models have reached.

    Call inside one read transaction. Nobody's country comes from anywhere else than their own record.

    :raises service.vault.sealing.SealBroken: if a record was altered.
    """
    standing = {text, *corrected_into(connection, live, campaign.id, text)}
    said = (content.get("country") for _, content in kept_records(connection, keys, campaign.id, standing))
    by_country = Counter(country for country in said if country in COUNTRIES)
    erased = connection.execute(sa.select(erased_count.c.erased).where(erased_count.c.campaign == campaign.id)).scalar()
    return People(by_country, erased or 0)
