"""A leaf is exactly the canonical bytes of one known event."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.errors import LogDamaged
from service.eventlog.catalogue import TOPICS, decode, encode

VECTORS = json.loads((Path(__file__).parent / "vectors" / "leaf.json").read_text())


def test_it_reads_and_writes_the_vectors_to_the_byte() -> None:
    for leaf in VECTORS["leaves"]:
        topic = json.loads(leaf)["type"]
        assert encode(decode(topic, leaf.encode())) == leaf.encode()


@pytest.mark.parametrize("leaf", VECTORS["bad_leaves"])
def test_it_refuses_what_is_not_canonical(leaf: str) -> None:
    with pytest.raises(LogDamaged):
        decode("signature.recorded", leaf.encode(), 7)


def test_it_names_the_entry_of_an_unknown_type() -> None:
    with pytest.raises(LogDamaged, match=r"entry 12: unknown event type 'poll.opened'"):
        decode("poll.opened", b"{}", 12)


def test_every_topic_is_a_noun_and_a_past_verb() -> None:
    assert len(TOPICS) == 47
    assert all(topic.count(".") == 1 and topic == topic.lower() for topic in TOPICS)
