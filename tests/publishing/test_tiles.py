"""Tiles have the names and shapes of the specification, and the tree above them is that of the leaves."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.eventlog.base import Entry
from service.eventlog.merkle import leaf_hash, root_of
from service.publishing import leaves
from service.publishing.tiles import ENTRIES, Tile, parse_path, tiles_between
from service.publishing.tree import TileMissing, hashes_of, root_at
from service.readmodel.tables import live
from service.signatures.events import SignatureWithdrawn
from service.store.database import Database

VECTORS = json.loads((Path(__file__).parent.parent / "audit" / "vectors" / "tlog.json").read_text())
EVENT = SignatureWithdrawn(day="2026-11-25", campaign="c_0000000001", signature="A" * 22)


def shapes(size: int) -> list[list[int]]:
    found: dict[int, list[int]] = {}
    for tile in tiles_between(0, size):
        if tile.level != ENTRIES:
            counted = found.setdefault(tile.level, [0, 0])
            counted[0 if tile.width == 256 else 1] += 1 if tile.width == 256 else tile.width
    return [found[level] for level in sorted(found)]


@pytest.mark.parametrize("vector", VECTORS["tile_paths"], ids=lambda vector: vector["path"])
def test_paths_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    tile = Tile(vector["level"], vector["index"], vector["width"])
    assert tile.path == vector["path"]
    assert parse_path(vector["path"]) == tile


@pytest.mark.parametrize("vector", VECTORS["tiles_of_size"], ids=lambda vector: str(vector["size"]))
def test_a_size_implies_the_tiles_of_the_vectors(vector: dict[str, Any]) -> None:
    assert shapes(vector["size"]) == [list(pair) for pair in vector["tiles"]]
    for tile in tiles_between(0, vector["size"]):
        assert tile.is_part_of(vector["size"])
        assert not Tile(tile.level, tile.index + 1).is_part_of(vector["size"]) or tile.width == 256


@pytest.mark.parametrize(
    "path",
    ["tile/0/1", "tile/0/0001", "tile/00/001", "tile/0/x000/001", "tile/0/001.p/0", "tile/0/001.p/256", "tile/64/001",
     "tile/0/001.p/01", "tile/-1/001", "tile/0/../001", "tile/0/001/", "tile/entries/x01/001", ""],
)  # fmt: skip
def test_other_spellings_are_no_tiles(path: str) -> None:
    assert parse_path(path) is None


def test_steps_give_the_tiles_of_the_whole() -> None:
    sizes = sorted(random.Random(3).sample(range(1, 70_000), 40))
    stepped = {tile for old, new in zip([0, *sizes], sizes, strict=False) for tile in tiles_between(old, new)}
    assert set(tiles_between(0, sizes[-1])) <= stepped


def grow(database: Database, count: int, first: int = 0) -> None:
    entries = [Entry(n + 1, "s", n, EVENT.topic, b"%d" % n, EVENT) for n in range(first, first + count)]
    with database.write() as connection:
        leaves.apply(connection, live, entries, first)


def test_the_root_of_every_size_is_that_of_its_leaves(database: Database) -> None:
    size = 0
    for step in (1, 254, 1, 1, 300, 211, 256, 1):
        grow(database, step, size)
        size += step
    hashes = [leaf_hash(b"%d" % n) for n in range(size)]
    with database.read() as connection:
        for asked in range(size + 1):
            assert root_at(connection, asked) == root_of(hashes[:asked]), asked
        assert hashes_of(connection, Tile(1, 0, 3))[2] == root_of(hashes[512:768])
        for missing in (Tile(0, 4, 5), Tile(1, 0, 5), Tile(2, 0, 1)):
            with pytest.raises(TileMissing):
                hashes_of(connection, missing)


def test_the_root_beyond_the_second_level_is_right(sqlite_database: Database) -> None:
    for first in range(0, 66_000, 6_000):
        grow(sqlite_database, 6_000, first)
    hashes = [leaf_hash(b"%d" % n) for n in range(66_000)]
    with sqlite_database.read() as connection:
        for size in (65_535, 65_536, 65_537, 66_000):
            assert root_at(connection, size) == root_of(hashes[:size])
        assert connection.execute(sa.select(sa.func.count()).select_from(live.node)).scalar_one() == 257 + 1
