"""The deployment's key files: made once, all or none, and refused when others can read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from service.errors import ConfigError
from service.vault.kek_files import KeyMissing
from service.vault.key_files import write_key_file
from service.vault.keys import FIRST_KEYS, Keys
from service.vault.sealing import SealBroken, new_key, unwrap, wrap
from tests.vault.conftest import ORIGIN


def test_new_keys_are_for_the_owner_alone(tmp_path: Path) -> None:
    Keys.create(tmp_path / "keys", ORIGIN)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == dict.fromkeys(
        FIRST_KEYS, 0o400
    )


def test_what_was_created_is_what_is_loaded(keys: Keys, tmp_path: Path) -> None:
    again = Keys.load(tmp_path / "keys", ORIGIN)
    assert (again.kek(1), again.log_vkey, again.promise_vkey) == (keys.kek(1), keys.log_vkey, keys.promise_vkey)
    assert again.mac("purpose", b"message") == keys.mac("purpose", b"message")
    assert len({keys.kek(1), *(keys.mac(purpose, b"") for purpose in ("one", "two"))}) == 3


def test_new_keys_never_replace_old_ones(keys: Keys, tmp_path: Path) -> None:
    before = keys.kek(1)
    with pytest.raises(ConfigError, match="already holds files"):
        Keys.create(tmp_path / "keys", ORIGIN)
    assert Keys.load(tmp_path / "keys", ORIGIN).kek(1) == before
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]  # nothing unfinished stays behind


def test_an_empty_folder_can_be_filled(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o755)
    Keys.create(tmp_path / "keys", ORIGIN)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"KEYS_DIR: .*file"):
        Keys.create(tmp_path / "file" / "keys", ORIGIN)


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o420, 0o402, 0o640, 0o604])
@pytest.mark.parametrize("name", FIRST_KEYS)
def test_a_key_that_others_can_read_or_change_is_refused(keys: Keys, tmp_path: Path, name: str, mode: int) -> None:
    path = tmp_path / "keys" / name
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"chmod 0400 {path}"):
        Keys.load(tmp_path / "keys", ORIGIN)


@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_a_folder_that_others_can_write_into_is_refused(keys: Keys, tmp_path: Path, mode: int) -> None:
    (tmp_path / "keys").chmod(mode)
    with pytest.raises(ConfigError, match="chmod 0700"):
        Keys.load(tmp_path / "keys", ORIGIN)


@pytest.mark.parametrize("name", FIRST_KEYS)
def test_a_missing_key_is_named_with_what_to_do(keys: Keys, tmp_path: Path, name: str) -> None:
    (tmp_path / "keys" / name).unlink()
    with pytest.raises(ConfigError, match=rf"{name}.*petition prepare|kek-1.*petition prepare"):
        Keys.load(tmp_path / "keys", ORIGIN)


@pytest.mark.parametrize(
    "content", [b"", b"00" * 31, b"00" * 33, b"zz" * 32, b"AA" * 32, b"00" * 32 + b"\n\n", bytes(32)]
)
@pytest.mark.parametrize("name", FIRST_KEYS)
def test_a_damaged_key_is_refused(keys: Keys, tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / "keys" / name
    path.unlink()
    path.write_bytes(content)
    path.chmod(0o400)
    with pytest.raises(ConfigError, match=f"{path} is not 64 lower-case hex digits"):
        Keys.load(tmp_path / "keys", ORIGIN)


def test_a_missing_folder_and_a_file_in_its_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="petition prepare"):
        Keys.load(tmp_path / "keys", ORIGIN)
    (tmp_path / "keys").write_text("")
    with pytest.raises(ConfigError, match="not a folder"):
        Keys.load(tmp_path / "keys", ORIGIN)


@pytest.mark.parametrize("origin", ["", "petition example", "petition+example", "https://x\n"])
def test_an_origin_that_is_no_key_name_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ConfigError, match="ORIGIN"):
        Keys.create(tmp_path / "keys", origin)
    assert not (tmp_path / "keys").exists()


def test_a_new_key_encryption_key_is_used_without_a_restart(keys: Keys, tmp_path: Path) -> None:
    data_key = new_key()
    first = wrap(keys, data_key, b"row")
    write_key_file(tmp_path / "keys" / "kek-2", os.urandom(32))
    second = wrap(keys, data_key, b"row")
    assert (first[0], second[0], keys.newest_kek) == (1, 2, 2)
    assert unwrap(keys, *first, b"row") == unwrap(keys, *second, b"row") == data_key


def test_a_destroyed_key_encryption_key_is_forgotten_without_a_restart(keys: Keys, tmp_path: Path) -> None:
    number, wrapped = wrap(keys, new_key(), b"row")
    write_key_file(tmp_path / "keys" / "kek-2", os.urandom(32))
    (tmp_path / "keys" / "kek-1").unlink()
    with pytest.raises(KeyMissing, match="kek-1"):
        unwrap(keys, number, wrapped, b"row")


def test_another_deployments_key_opens_nothing(keys: Keys, tmp_path: Path) -> None:
    other = Keys.create(tmp_path / "other", ORIGIN)
    with pytest.raises(SealBroken):
        unwrap(other, *wrap(keys, new_key(), b"row"), b"row")


def test_codes_for_one_purpose_are_none_for_another(keys: Keys) -> None:
    assert keys.mac("ab", b"c") != keys.mac("a", b"bc")
    for purpose in ("", "a\0b"):
        with pytest.raises(ValueError, match="purpose"):
            keys.mac(purpose, b"")


def test_the_newest_key_is_asked_for_when_none_is_left(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "keys" / "kek-1").unlink()
    with pytest.raises(KeyMissing):
        _ = keys.newest_kek
