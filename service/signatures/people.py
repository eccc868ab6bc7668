"""What the sealed records tell of a campaign's supporters, as numbers: for tallies, and for nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec
import sqlalchemy as sa

from service.campaigns.queries import CampaignView, People
from service.readmodel.standing import corrected_into
from service.readmodel.tables import live
from service.store.tables import erased_count, event, record
from service.vault.keys import Keys
from service.vault.sealing import record_associated, unseal, unwrap
from service.web.countries import CODES

ROWS_AT_ONCE = 1_000  # sealed records in memory
COUNTRIES = frozenset(CODES)


class _Leaf(msgspec.Struct):
    """What is wanted of the entry that a signature stands on."""

    commitment: str


_leaf = msgspec.json.Decoder(_Leaf)


def people_of(connection: sa.Connection, keys: Keys, campaign: CampaignView, text: str) -> People:
    """Return who stands for `text`, by country, at the log size that the read models have reached.

    Call inside one read transaction. A record counts only if the counted entry commits to it: one of a signature that
    was renewed and still waits for the recorder belongs to a later size. Nobody's country comes from anywhere else.

    :raises service.vault.sealing.SealBroken: if a record was altered.
    """
    by_country = Counter(country for country in _countries(connection, keys, campaign, text) if country in COUNTRIES)
    erased = connection.execute(sa.select(erased_count.c.erased).where(erased_count.c.campaign == campaign.id)).scalar()
    return People(by_country, erased or 0)


def _countries(connection: sa.Connection, keys: Keys, campaign: CampaignView, text: str) -> Iterator[str]:
    signed, leaf = live.signed, live.leaf
    standing = {text, *corrected_into(connection, live, campaign.id, text)}
    chosen = (
        sa.select(signed.c.id, event.c.state, record.c.commitment, record.c.kek, record.c.wrapped_key, record.c.sealed)
        .join(record, record.c.signature == signed.c.id)
        .join(leaf, leaf.c.leaf_index == signed.c.entry)
        .join(event, event.c.id == leaf.c.position)
        .where(signed.c.campaign == campaign.id, signed.c.state == "active", signed.c.text.in_(standing))
    )
    with connection.execute(chosen.execution_options(yield_per=ROWS_AT_ONCE)) as rows:
        for row in rows:
            if _leaf.decode(row.state).commitment == row.commitment:
                associated = record_associated(campaign.id, row.id, row.commitment)
                data_key = unwrap(keys, row.kek, row.wrapped_key, associated)
                yield str(unseal(data_key, row.sealed, associated).get("country", ""))
