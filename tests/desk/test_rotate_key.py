"""A key that signs is replaced by two administrators."""

from __future__ import annotations

import pytest

from service.desk.requests import Forbidden
from service.errors import Refused
from service.eventlog.events import LOG_STREAM, KeyRotated, LogOpened
from service.eventlog.rotating import RotateKey, rotate_key
from service.eventlog.signing import vkeys_in_use
from service.vault.keys import Keys
from tests.desk.conftest import Office


@pytest.fixture(autouse=True)
def opened(office: Office, keys: Keys) -> None:
    """Open the log under the keys' names."""
    log, day = office.desk.log, "2026-03-02"
    opening = LogOpened(day=day, origin=keys.origin, log_key=keys.log_vkey, promise_key=keys.promise_vkey)
    with log.transaction():
        log.append(opening, 1)


def in_use(office: Office) -> tuple[str, ...]:
    with office.database.read() as connection:
        return vkeys_in_use(connection, "log")


def asked(office: Office, keys: Keys, **changed: str) -> dict[str, str]:
    old, new = keys.log.vkeys
    return {"role": "log", "key": new, "replaces": old.split("+", 2)[1], "reason": "planned"} | changed


def test_two_administrators_replace_it_and_both_sign_for_a_while(office: Office, keys: Keys) -> None:
    old = in_use(office)
    new = keys.log.make()
    request = office.asks("ada", "key-rotate", **asked(office, keys, replaces=old[0].split("+", 2)[1]))
    assert "90 days" in " ".join(request.says)
    with pytest.raises(Forbidden):
        office.approves("ada", request)
    assert in_use(office) == old
    office.approves("ben", request)
    assert in_use(office) == (*old, new)
    last = office.desk.log.stream(LOG_STREAM)[-1].event
    assert isinstance(last, KeyRotated)
    with pytest.raises(Refused):
        office.approves("ben", request)


def test_what_cannot_be_done_is_refused_when_it_is_asked(office: Office, keys: Keys) -> None:
    keys.log.make()
    with pytest.raises(Refused, match="no log key in use"):
        office.asks("ada", "key-rotate", **asked(office, keys, replaces="00000000"))
    with pytest.raises(Forbidden):
        office.asks("olga", "key-rotate", **asked(office, keys))


def test_one_person_is_not_enough_whoever_calls(office: Office, keys: Keys) -> None:
    keys.log.make()
    command = RotateKey(now=office.clock.now(), **asked(office, keys))
    with pytest.raises(Refused, match="two people"), office.desk.log.transaction() as connection:
        rotate_key(command, office.desk.log, connection, 1)
