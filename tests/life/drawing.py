"""How a step draws what it is about."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.life.world import World


def chosen(data: Any, among: list[Any], name: str) -> Any:
    """Return one of a list, whose order must be the same in each run."""
    return among[data.draw(st.integers(0, len(among) - 1), name)]


def a_page(world: World, data: Any) -> str:
    """Return somebody's own page: in order of appearance, as their names are random."""
    return str(chosen(data, list(world.model.pages), "page"))
