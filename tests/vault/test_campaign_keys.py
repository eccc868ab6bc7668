"""A campaign's key lives sealed in the vault until it is destroyed, and then its tokens are random numbers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.store.database import Database
from service.store.tables import campaign_key as table
from service.vault.campaign_keys import (
    CampaignKeyGone,
    campaign_key,
    campaign_keys,
    create_campaign_key,
    destroy_campaign_key,
)
from service.vault.keys import Keys
from service.vault.sealing import SealBroken


def test_a_campaign_keeps_its_key(database: Database, keys: Keys) -> None:
    with database.write() as connection:
        create_campaign_key(connection, keys, "c_aaaaaaaaaa")
        create_campaign_key(connection, keys, "c_bbbbbbbbbb")
    with database.read() as connection:
        one, two = (campaign_key(connection, keys, name) for name in ("c_aaaaaaaaaa", "c_bbbbbbbbbb"))
        assert len(one) == len(two) == 32
        assert one != two
        assert campaign_key(connection, keys, "c_aaaaaaaaaa") == one
        assert campaign_keys(connection, keys) == {"c_aaaaaaaaaa": one, "c_bbbbbbbbbb": two}
        stored = connection.scalars(sa.select(table.c.sealed)).all()
    assert not any(key in bytes(sealed) for key in (one, two) for sealed in stored)


def test_a_campaign_never_gets_a_second_key(database: Database, keys: Keys) -> None:
    with database.write() as connection:
        create_campaign_key(connection, keys, "c_aaaaaaaaaa")
        before = campaign_key(connection, keys, "c_aaaaaaaaaa")
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        create_campaign_key(connection, keys, "c_aaaaaaaaaa")
    with database.read() as connection:
        assert campaign_key(connection, keys, "c_aaaaaaaaaa") == before


def test_a_destroyed_key_is_gone(database: Database, keys: Keys) -> None:
    with database.write() as connection:
        create_campaign_key(connection, keys, "c_aaaaaaaaaa")
    for _ in range(2):
        with database.write() as connection:
            destroy_campaign_key(connection, "c_aaaaaaaaaa")
    with database.read() as connection:
        assert campaign_keys(connection, keys) == {}
        with pytest.raises(CampaignKeyGone, match="sealed"):
            campaign_key(connection, keys, "c_aaaaaaaaaa")


def test_a_key_moved_to_another_campaign_does_not_open(database: Database, keys: Keys) -> None:
    with database.write() as connection:
        create_campaign_key(connection, keys, "c_aaaaaaaaaa")
        connection.execute(sa.update(table).values(campaign="c_bbbbbbbbbb"))
    with database.read() as connection, pytest.raises(SealBroken):
        campaign_key(connection, keys, "c_bbbbbbbbbb")
