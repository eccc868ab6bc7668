"""The keys that sign: several of a role, used as they are named, found without a restart."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from service.errors import ConfigError
from service.vault.keys import Keys

ORIGIN = "petition.example/log"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Return new keys in a folder `keys`."""
    return Keys.create(tmp_path / "keys", ORIGIN)


def test_a_new_key_is_held_beside_the_old_one_and_read_without_a_restart(keys: Keys, tmp_path: Path) -> None:
    running = Keys.load(tmp_path / "keys", ORIGIN)
    old, new = keys.log_vkey, keys.log.make()
    assert running.log.vkeys == (old, new)
    assert running.promise.vkeys == (keys.promise_vkey,)
    assert stat.S_IMODE((tmp_path / "keys" / "log-2").stat().st_mode) == 0o400
    note = running.sign_log_note("text\n", old, new)
    assert note.count(f"\N{EM DASH} {ORIGIN} ") == 2
    assert note.startswith(running.sign_log_note("text\n", old))


def test_which_key_signs_must_be_said_once_there_are_two(keys: Keys) -> None:
    keys.log.make()
    with pytest.raises(ConfigError, match="petition doctor"):
        keys.sign_log_note("text\n")


def test_a_key_that_is_not_here_does_not_sign(keys: Keys, tmp_path: Path) -> None:
    new = keys.log.make()
    (tmp_path / "keys" / "log-2").unlink()
    with pytest.raises(ConfigError, match="petition doctor"):
        keys.sign_log_note("text\n", new)


def test_after_the_first_was_destroyed_the_others_keep_their_order(keys: Keys, tmp_path: Path) -> None:
    second, third = keys.log.make(), keys.log.make()
    (tmp_path / "keys" / "log").unlink()
    assert Keys.load(tmp_path / "keys", ORIGIN).log.vkeys == (second, third)
