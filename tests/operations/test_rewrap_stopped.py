"""A rotation that is stopped anywhere, has lost a key, or is not alone: it goes on, or says what to do."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.errors import ConfigError, PetitionError
from service.operations import rewrapping as steps_of_rotation
from service.operations.rewrapping import Rotation, Step
from service.store.tables import record
from service.vault import kek_files, rewrapping
from service.vault.keys import Keys
from service.vault.rewrapping import Wrapped
from service.vault.sealing import unwrap
from tests.installation import Installation
from tests.operations.rotations import LIVING, again, assert_everything_opens, finish, numbers, status


class Killed(BaseException):
    """The process is no more."""


@dataclass
class Killer:
    """Ends a rotation before its call number `at` of those that change anything: what it did before is done."""

    at: int
    calls: list[str] = field(default_factory=list)

    def watches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand before each of them."""
        for owner, name in CALLS:
            monkeypatch.setattr(owner, name, self._before(name, getattr(owner, name)))

    def _before(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            if len(self.calls) == self.at:
                raise Killed
            self.calls.append(name)
            return call(*arguments, **options)

        return watched


CALLS = (
    (Rotation, "_enter"),
    (kek_files, "write_key_file"),  # the copy, then the key
    (rewrapping, "update_rows"),  # each batch, within its transaction
    (steps_of_rotation, "make_backup"),
    (sa, "delete"),  # the old number
    (kek_files, "destroy_key_file"),  # the copy, then the key
)


def test_killed_before_any_of_its_steps_it_goes_on_and_status_says_where_it_is(
    rotation: Rotation, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrapping, "BATCH", 1)
    seen = []
    for at in itertools.count():
        killer, newest = Killer(at), at + 2
        with monkeypatch.context() as patched, contextlib.suppress(Killed):
            killer.watches(patched)
            finish(again(installation, tmp_path), installation.clock, begin=True)
            break
        seen.append(status(installation))
        finish(again(installation, tmp_path), installation.clock, begin=at == 0)
        assert numbers(installation) == ({newest}, {newest}), killer.calls
        assert [path.name for path in (tmp_path / "copies").iterdir()] == [f"kek-{newest}"]
        assert f"seals what is new since 2026-03-02; {LIVING} keys" in status(installation)
    assert killer.calls[:3] == ["_enter", "write_key_file", "write_key_file"]
    assert killer.calls[-4:] == ["make_backup", "delete", "destroy_key_file", "destroy_key_file"]
    assert len(killer.calls) == 12
    assert all("a rotation is under way" in said for said in seen[1:])
    assert f"kek-2  seals what is new since 2026-03-02; {LIVING} keys" in seen[1]
    assert "kek-3  has its number, and no file yet" in seen[1]
    assert_everything_opens(installation)


def test_a_key_that_was_copied_before_the_stop_is_the_one_that_is_made(
    rotation: Rotation, installation: Installation, copies: Path, tmp_path: Path
) -> None:
    rotation.step(begin=True)
    (copies / "kek-2").write_text("ab" * 32 + "\n")
    (copies / "kek-2").chmod(0o400)
    again(installation, tmp_path).step(begin=False)
    assert installation.services.keys.kek(2) == bytes.fromhex("ab" * 32)


@pytest.mark.parametrize("missing", [1, 2])
def test_a_key_that_is_missing_stops_it_and_nothing_is_lost(
    rotation: Rotation, installation: Installation, tmp_path: Path, missing: int
) -> None:
    for number in range(3):
        rotation.step(begin=number == 0)
    with installation.services.database.write() as connection:  # one row is still under the old key
        row = connection.execute(sa.select(record).limit(1)).mappings().one()
        associated = "\0".join((row["campaign"], row["signature"], row["commitment"])).encode()
        data_key = unwrap(rotation.keys, 2, row["wrapped_key"], associated)
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        wrapped = bytes(12) + AESGCM(rotation.keys.kek(1)).encrypt(bytes(12), data_key, associated)
        connection.execute(sa.update(record).where(record.c.id == row["id"]).values(kek=1, wrapped_key=wrapped))
    path = installation.services.settings.keys_dir / f"kek-{missing}"
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(ConfigError, match=f"kek-{missing} is missing, and rows need it: put it back from its copy"):
        again(installation, tmp_path).step(begin=False)
    count = 1 if missing == 1 else LIVING - 1
    assert f"kek-{missing}  is MISSING, and {count} keys are under it: put it back" in status(installation)
    path.write_bytes(content)
    path.chmod(0o400)
    assert finish(again(installation, tmp_path), installation.clock)[-2:] == [Step.DESTROYED, Step.NOTHING]
    assert_everything_opens(installation)


def test_two_that_both_believe_to_be_alone_harm_nothing(
    rotation: Rotation, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One lost its role and goes on: it may fail, with a sentence, and neither destroys what is needed."""
    monkeypatch.setattr(rewrapping, "BATCH", 1)
    rotation.step(begin=True)
    stopped: list[BaseException] = []

    def goes_on() -> None:
        try:
            finish(again(installation, tmp_path), installation.clock)
        except BaseException as error:
            stopped.append(error)

    both = [threading.Thread(target=goes_on) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(60)
    assert all(isinstance(error, PetitionError) for error in stopped), stopped
    finish(again(installation, tmp_path), installation.clock)
    assert numbers(installation) == ({2}, {2})
    assert_everything_opens(installation)


def test_what_changed_since_it_was_looked_at_is_not_overwritten(
    rotation: Rotation, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and writing one record is erased and the other one's key is wrapped anew by somebody else."""
    rotation.step(begin=True)
    rotation.step(begin=False)
    database, real = installation.services.database, rewrapping._rewrapped
    others: list[dict[str, Any]] = []

    def and_meanwhile(keys: Keys, wrapped: Wrapped, row: Any, number: int) -> dict[str, Any]:
        made = real(keys, wrapped, row, number)
        if wrapped.table is record and not others:
            others.append(real(keys, wrapped, row, number))
            with database.write() as connection:
                connection.execute(sa.update(record).where(record.c.id == row["id"]).values(others[0]))
                connection.execute(sa.delete(record).where(record.c.id != row["id"]))
        return made

    monkeypatch.setattr(rewrapping, "_rewrapped", and_meanwhile)
    finish(rotation, installation.clock)
    with database.read() as connection:
        assert connection.execute(sa.select(record.c.id, record.c.wrapped_key)).one() == (
            others[0]["id"], others[0]["wrapped_key"],
        )  # fmt: skip
