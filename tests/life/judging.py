"""What two people decide about signatures: one asks, another approves, and others do something in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from service.signatures.commands import JudgeSignatures
from service.signatures.judging import REASONS
from tests.life.drawing import chosen
from tests.life.model import Stand
from tests.life.world import Listed, World
from tests.signatures.judging import accuses, decides, entry_in, takes_back


def one_asks_that_some_be_found_false(world: World, data: Any) -> None:
    """Whoever signed, whatever became of them: only who is active in the log is in the list."""
    people = data.draw(st.sets(st.sampled_from(sorted(world.model.counted)), min_size=1), "whose")
    reason: Any = data.draw(st.sampled_from(sorted(REASONS)), "reason")
    listed = {p: world.model.counted[p] for p in people if world.model.counted[p].state == "active"}
    entries = [entry_in(world.database, world.signed[person]) for person in sorted(people)]
    _asks(world, listed, lambda: accuses(world.signing, entries, reason))


def one_asks_to_take_a_decision_back(world: World, data: Any) -> None:
    """About all that it still holds in the log: nobody, perhaps, or the log has no such decision yet."""
    held = [batch for batch in world.model.decisions if world.model.found_false()[batch]]
    batch = chosen(data, held + list(world.model.decisions), "decision")
    listed = {p: one for p, one in world.model.counted.items() if (one.state, one.batch) == ("invalidated", batch)}
    _asks(world, listed, lambda: takes_back(world.signing, batch))


def another_approves(world: World, data: Any) -> None:
    """At once, later, or for the second time: what changed since it was asked is left alone."""
    _approves(world, chosen(data, world.lists, "list"))


def two_people_find_some_false(world: World, data: Any) -> None:
    """Ask and approve with nothing in between."""
    _together(world, data, one_asks_that_some_be_found_false)


def two_people_take_a_decision_back(world: World, data: Any) -> None:
    """The same."""
    _together(world, data, one_asks_to_take_a_decision_back)


def _together(world: World, data: Any, ask: Callable[[World, Any], None]) -> None:
    before = len(world.lists)
    ask(world, data)
    for listed in world.lists[before:]:
        _approves(world, listed)


def _asks(world: World, people: dict[int, Stand], ask: Callable[[], JudgeSignatures]) -> None:
    command = world.tries(bool(people), ask)
    if command is None:
        return
    assert (len(command.chosen), command.active) == (len(people), world.model.counts()["active"])
    world.lists.append(Listed(command, people))
    if command.reason:
        world.model.decisions[command.batch] = command.reason


def _approves(world: World, listed: Listed) -> None:
    model, command = world.model, listed.command
    hit = [person for person, stand in listed.people.items() if model.pressed[person] == stand]
    is_told = not model.is_at_risk
    found = world.tries(model.state != "sealed" and bool(hit or not is_told), lambda: decides(world.signing, command))
    if model.state == "sealed":
        return
    assert found == (len(hit) or None if is_told else None)
    for person in hit:
        model.judge(person, command.batch if command.reason else "")
