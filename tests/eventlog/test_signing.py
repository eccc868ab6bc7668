"""Which keys sign, and which rotations are refused."""

from __future__ import annotations

import pytest

from service.errors import Refused
from service.eventlog.events import KeyRotated, LogOpened
from service.eventlog.signing import SigningState

NAME = "petition.example/log"


def vkey(role: str, number: int) -> str:
    return f"{NAME}{'/promise' if role == 'promise' else ''}+{number:08x}+AQ+/"


OPENED = LogOpened(day="2026-01-01", origin=NAME, log_key=vkey("log", 1), promise_key=vkey("promise", 9))


def rotated(number: int, replaces: int, day: str, *, role: str = "log", reason: str = "planned") -> KeyRotated:
    return KeyRotated(day=day, role=role, key=vkey(role, number), replaces=f"{replaces:08x}", reason=reason)  # type: ignore[arg-type]


def in_use(state: SigningState, day: str, role: str = "log") -> list[int]:
    return [int(key.id, 16) for key in state.in_use(role, day)]


def test_after_a_planned_rotation_both_sign_for_ninety_days() -> None:
    state = SigningState.load([OPENED, rotated(2, 1, "2026-03-01")])
    assert in_use(state, "2026-05-30") == [1, 2]
    assert in_use(state, "2026-05-31") == [2]
    assert in_use(state, "2026-05-30", "promise") == [9]


@pytest.mark.parametrize("reason", ["lost", "stolen"])
def test_a_key_that_was_lost_or_stolen_is_dropped_at_once(reason: str) -> None:
    assert in_use(SigningState.load([OPENED, rotated(2, 1, "2026-03-01", reason=reason)]), "2026-03-01") == [2]


def test_what_is_not_in_use_cannot_be_replaced_and_no_key_comes_back() -> None:
    state = SigningState.load([OPENED, rotated(2, 1, "2026-03-01")])
    state.rotate(rotated(3, 1, "2026-03-02"))  # the old one still signs
    state.rotate(rotated(3, 2, "2026-06-02"))
    for wrong in (rotated(3, 1, "2026-06-02"), rotated(3, 7, "2026-03-02"), rotated(3, 9, "2026-03-02")):
        with pytest.raises(Refused, match="no log key in use"):
            state.rotate(wrong)
    for used in (1, 2):
        with pytest.raises(Refused, match="used before"):
            state.rotate(rotated(used, 2, "2026-03-02"))
    state.rotate(rotated(3, 9, "2026-03-02", role="promise"))
