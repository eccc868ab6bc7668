"""Steps of the schema keep what stands in the database and fill in what is new."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.publishing.shown import newest_shown
from service.readmodel.tables import live
from service.store.database import Database, open_database
from service.store.schema import prepare_schema
from tests.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def first_version(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Return a database with the tables of version 0.1."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/first.db"
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.url(cluster.create())
    database = open_database(url)
    prepare_schema(database, "0001")
    yield database
    database.dispose()


def append(connection: sa.Connection, stream: str, version: int, kind: str, **fields: str) -> None:
    state = json.dumps({"type": kind, **fields}).encode()
    written = sa.text("INSERT INTO event (stream, version, topic, state) VALUES (:stream, :version, :topic, :state)")
    connection.execute(written, {"stream": stream, "version": version, "topic": kind, "state": state})


def test_campaigns_that_ended_before_get_the_day_and_the_reason(first_version: Database) -> None:
    with first_version.write() as connection:
        for name, state in (("c_1", "open"), ("c_2", "withdrawn"), ("c_3", "closed")):
            row = {"id": name, "ref": name, "state": state}
            connection.execute(sa.text("INSERT INTO campaign (id, ref, state) VALUES (:id, :ref, :state)"), row)
        append(connection, "c_2", 1, "campaign.opened", day="2026-01-01")
        append(connection, "c_2", 2, "campaign.closed", day="2026-02-01", reason="date")
        append(connection, "c_2", 3, "campaign.withdrawn", day="2026-02-09", reason="persons-request")
        append(connection, "c_3", 1, "campaign.closed", day="2026-03-01", reason="goal")
        append(connection, "c_3", 2, "campaign.reopened", day="2026-03-02")
        append(connection, "c_3", 3, "campaign.closed", day="2026-04-01", reason="outcome")
    prepare_schema(first_version)
    with first_version.read() as connection:
        rows = connection.execute(sa.text("SELECT id, ended, end_reason FROM campaign ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        ("c_1", "", ""), ("c_2", "2026-02-01", "persons-request"), ("c_3", "2026-04-01", "outcome"),
    ]  # fmt: skip


def test_what_was_shown_before_witnesses_goes_on_being_shown(first_version: Database) -> None:
    with first_version.write() as connection:
        row = sa.text("INSERT INTO checkpoint (id, size, root, note) VALUES (1, 4, :root, 'signed')")
        connection.execute(row, {"root": b"r" * 32})
    prepare_schema(first_version)
    with first_version.read() as connection:
        found = newest_shown(connection)
    assert found is not None
    assert (found.size, found.note) == (4, "signed")


def test_the_text_that_a_campaign_opened_with_is_its_first_version(first_version: Database) -> None:
    with first_version.write() as connection:
        row = {"campaign": "c_1", "text": "a" * 64, "day": "2026-01-01"}
        chain = "INSERT INTO read_text_chain (campaign, text, replaced_by, how, entry, day)"
        connection.execute(sa.text(f"{chain} VALUES (:campaign, :text, '', '', 3, :day)"), row)
    prepare_schema(first_version)
    with first_version.read() as connection:
        rows = connection.execute(sa.select(live.text_chain)).all()
    assert [tuple(row) for row in rows] == [("c_1", 3, "a" * 64, "", "opened", "2026-01-01")]


def test_read_models_that_a_step_changed_give_up_their_position(first_version: Database) -> None:
    with first_version.write() as connection:
        connection.execute(sa.text("INSERT INTO read_progress (id, position, log_size) VALUES (1, 9, 9)"))
        leaf = sa.text("INSERT INTO read_leaf (leaf_index, position, hash) VALUES (0, 1, :hash)")
        connection.execute(leaf, {"hash": b"h" * 32})
    prepare_schema(first_version)
    with first_version.read() as connection:
        assert connection.execute(sa.select(live.progress)).first() is None
        assert connection.execute(sa.select(live.leaf.c.leaf_index)).scalars().all() == [0]
