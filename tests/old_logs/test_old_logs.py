"""Logs of every earlier version replay to the same counts for ever: in the auditor's program and in the service."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.app import PROJECTIONS
from service.audit.replay import replay
from service.eventlog.catalogue import TOPICS, decode, encode
from service.eventlog.log import PetitionLog
from service.eventlog.merkle import root_of
from service.publishing.leaves import leaves
from service.readmodel.runner import Runner
from service.readmodel.tables import live
from service.store.database import Database
from service.store.tables import event
from tests.old_logs.make_v1 import build

FOLDER = Path(__file__).parent
LEAVES = (FOLDER / "v1.ndjson").read_bytes().split(b"\n")[:-1]
EXPECTED: dict[str, Any] = json.loads((FOLDER / "v1.expected.json").read_text())
COUNTS = ("active", "outdated", "withdrawn", "invalidated", "state")


def topic_of(leaf: bytes) -> str:
    return str(json.loads(leaf)["type"])


def test_the_generator_still_makes_the_same_bytes() -> None:
    assert build().lines() == LEAVES


def test_it_holds_every_public_event_type() -> None:
    assert {topic_of(leaf) for leaf in LEAVES} == {topic for topic, cls in TOPICS.items() if cls.PUBLIC}


def test_every_leaf_is_read_and_written_to_the_byte() -> None:
    for leaf in LEAVES:
        assert encode(decode(topic_of(leaf), leaf)) == leaf


def test_the_auditor_finds_the_recorded_counts() -> None:
    report = json.loads(replay(LEAVES).as_json())
    assert (report["errors"], report["findings"]) == ([], [])
    assert (report["size"], report["root"]) == (EXPECTED["size"], EXPECTED["root"])
    for part in ("campaigns", "letters"):
        found = {name: {k: one[k] for k in EXPECTED[part][name]} for name, one in report[part].items()}
        assert found == EXPECTED[part]


@pytest.mark.parametrize("page", [1, 7, 1000])
def test_the_service_finds_them_too(database: Database, page: int) -> None:
    log = PetitionLog(database)
    store(database)
    Runner(log, PROJECTIONS).catch_up(page)
    with database.read() as connection:
        counts = {row["campaign"]: row for row in connection.execute(sa.select(live.counts)).mappings()}
        letters = {row["id"]: row for row in connection.execute(sa.select(live.letter)).mappings()}
        hashes = connection.execute(sa.select(live.leaf.c.hash).order_by(live.leaf.c.leaf_index)).scalars()
        assert base64.b64encode(root_of(map(bytes, hashes))).decode() == EXPECTED["root"]
    for name, expected in EXPECTED["campaigns"].items():
        assert {k: counts[name][k] for k in COUNTS} == {k: expected[k] for k in COUNTS}
        assert counts[name]["current_text"] == expected["text"]
    for name, expected in EXPECTED["letters"].items():
        assert {k: letters[name][k] for k in expected} == expected
    assert list(leaves(database)) == LEAVES


def store(database: Database) -> None:
    """Put the leaves into the event table as an operator's restore would."""
    versions: Counter[str] = Counter()
    rows = []
    for leaf in LEAVES:
        stream = decode(topic_of(leaf), leaf).stream
        versions[stream] += 1
        rows.append({"stream": stream, "version": versions[stream], "topic": topic_of(leaf), "state": leaf})
    with database.write() as connection:
        connection.execute(sa.insert(event), rows)
