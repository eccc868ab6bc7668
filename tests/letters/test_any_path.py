"""Whatever people, workers and servers do in whatever order: what is decided passes the auditor's rules."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from service.audit.replay import replay
from service.errors import Refused
from service.eventlog.catalogue import encode
from service.letters import after_approval as decide
from service.letters.aggregate import INTERNAL_STATES, STATES, Letter, apply
from service.letters.events import LetterComposed, LetterEvent
from service.letters.rests_on import Campaign, RestsOn
from tests.audit.builder import Builder, hashed

C, L, SLUG = "c_Example001", "l_Example001", "some-court"
HASH, TWO = hashed("evidence"), frozenset({"a_olga", "a_rosa"})
RESTS_ON = RestsOn(Campaign("open", hashed(f"{C} text"), is_at_risk=False), hashed(SLUG), "verified")
Decision = Callable[[Letter, str], LetterEvent]


def composed(letter: Letter, day: str) -> LetterEvent:
    log = prefix()
    log.letter(L, C, 0, day=day)
    made = msgspec.convert({k: v for k, v in log.events[-1].items() if k != "type"}, LetterComposed, strict=True)
    return letter.compose(made, RESTS_ON.campaign)


DECISIONS: dict[str, Decision] = {
    "compose": composed,
    "approve": lambda one, day: one.approve(one.composed.pdf if one.composed else "", TWO, RESTS_ON, day),
    "queue": lambda one, day: decide.queue(one, RESTS_ON, day),
    "recall": lambda one, day: decide.recall(one, "organizer", day),
    "start": lambda one, day: decide.start(one, HASH, day),
    "hand over": lambda one, day: decide.hand_over(one, "email", HASH, day),
    "carry": lambda one, day: decide.hand_over(one, "post", HASH, day),
    "fail for a while": lambda one, day: decide.fail(one, "temporary", day),
    "fail": lambda one, day: decide.fail(one, "permanent", day),
    "lose sight": decide.lose_sight,
    "resolve as gone": lambda one, day: decide.hand_over(one, "email", HASH, day, 2),
    "resolve as not gone": lambda one, day: decide.fail(one, "temporary", day, 2),
    "accept": lambda one, day: decide.accept(one, HASH, day),
    "bounce": lambda one, day: decide.bounce(one, HASH, day),
    "acknowledge": lambda one, day: decide.acknowledge(one, HASH, day),
    "answer": lambda one, day: decide.answer(one, "interim", HASH, day),
    "miss": lambda one, day: decide.miss(one, "2026-01-08", day),
    "drop": lambda one, day: decide.drop(one, "abandoned", day),
}


def prefix() -> Builder:
    """Return a log with an office and an open campaign."""
    log = Builder()
    log.office(SLUG)
    log.campaign(C)
    return log


def possible(letter: Letter, day: str) -> dict[str, LetterEvent]:
    """Return what may happen to a letter now, each with its event."""
    found = {}
    for name, decision in DECISIONS.items():
        with suppress(Refused):
            found[name] = decision(letter, day)
    return found


def walk(choices: list[int]) -> Iterator[tuple[str, LetterEvent]]:
    """Yield one path of a letter: at each step one of those things that may happen."""
    letter, day = Letter(L), date(2026, 1, 5)
    for choice in choices:
        day += timedelta(days=1)
        ways = possible(letter, day.isoformat())
        if not ways:
            return
        names = sorted(ways.keys() - (set() if choice % RARELY == 0 else ENDS)) or sorted(ways)
        name = names[choice % len(names)]
        letter = apply(letter, ways[name])
        yield name, ways[name]


RARELY, ENDS = 7, {"answer", "carry", "drop"}  # or few paths would be long
PATHS = st.lists(st.integers(0, 2**16), min_size=10, max_size=60)


@given(PATHS)
def test_every_path_passes_the_audit(choices: list[int]) -> None:
    lines = prefix().lines() + [encode(event) for _, event in walk(choices) if event.PUBLIC]
    report = replay(lines)
    assert report.error_count == 0, report.errors


@given(PATHS)
def test_it_goes_once_unless_it_is_known_not_to_have_gone(choices: list[int]) -> None:
    may_have_gone = False
    for name, _ in walk(choices):
        if name in ("start", "carry"):
            assert not may_have_gone
            may_have_gone = True
        elif name in ("compose", "fail", "fail for a while", "resolve as not gone"):
            may_have_gone = False


def test_every_state_is_reached_by_some_path() -> None:
    found: set[str] = set()
    for seed in range(150):
        letter, chosen = Letter(L), random.Random(seed)
        for _, event in walk([chosen.randrange(2**16) for _ in range(40)]):
            letter = apply(letter, event)
            found.add(letter.state)
    assert found == {*STATES.values(), *INTERNAL_STATES.values()} - {"draft"}
