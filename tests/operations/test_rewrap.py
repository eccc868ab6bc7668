"""The weekly rotation of the key-encryption key: step by step, stopped anywhere, while people go on signing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from service.clock import FixedClock
from service.desk.accounts import open_person, sealed_person
from service.desk.tables import account
from service.errors import ConfigError, PetitionError, Refused
from service.operations.backup_manifest import backups_in, read_manifest
from service.operations.key_commands import keys as commands
from service.operations.rewrapping import Rotation, Step, rotating
from service.operations.wrapped import WRAPPED
from service.signatures.rows import opened_record
from service.store.database import Database
from service.store.tables import kek, metadata, pending, record
from service.vault.campaign_keys import campaign_keys
from service.vault.kek_files import KeyMissing
from service.vault.keys import Keys
from service.vault.rewrapping import NotRewrapped, keks_since
from service.vault.sealing import new_key, record_associated, seal, unwrap, wrap
from tests.installation import Installation
from tests.operations.test_backup import joined

WHOLE = [Step.ENTERED, Step.MADE, Step.WRAPPED, Step.SETTLING, Step.DESTROYED, Step.NOTHING]


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Return the folder of the key files' copies."""
    folder = tmp_path / "copies"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def rotation(installation: Installation, tmp_path: Path, copies: Path) -> Rotation:
    """Return a rotation over two people who have joined, a form that waits with its mail, and an account."""
    joined(installation, "ada", "bob")
    installation.signs("cyd@example.org")
    services = installation.services
    with services.database.write() as connection:
        row = {"id": "a_1", "name": "ada", "state": "active", "password": ""}
        person = sealed_person(services.keys, "a_1", {"person": "Ada", "email": "a@example.org", "totp": "s"})
        connection.execute(sa.insert(account).values(**row, **person))
    return again(installation, tmp_path)


def again(installation: Installation, tmp_path: Path) -> Rotation:
    """Return a rotation as a new process has it: without any memory."""
    services = installation.services
    keys = Keys.load(services.settings.keys_dir, services.settings.origin)
    return Rotation(services.database, keys, services.clock, tmp_path / "backups", tmp_path / "copies")


def finish(rotation: Rotation, clock: FixedClock, *, begin: bool = False) -> list[Step]:
    """Go on until nothing is to be done, and return the steps; time passes where it has to."""
    steps = []
    while not steps or steps[-1] is not Step.NOTHING:
        steps.append(rotation.step(begin=begin and not steps))
        if steps[-1] is Step.SETTLING:
            clock.moment += timedelta(minutes=1)
    return steps


def numbers(installation: Installation) -> tuple[set[int], set[int]]:
    """Return the keys that the database knows, and those whose files are there."""
    with installation.services.database.read() as connection:
        known = set(keks_since(connection))
    return known, {int(path.name[4:]) for path in installation.services.settings.keys_dir.glob("kek-*")}


def assert_everything_opens(installation: Installation) -> None:
    """Open every row with the keys that a process holds which was there all the time."""
    services = installation.services
    with services.database.read() as connection:
        assert campaign_keys(connection, services.keys)
        person = connection.execute(sa.select(account)).mappings().one()
        assert open_person(services.keys, person)["person"] == "Ada"
        for row in connection.execute(sa.select(record.c.signature)).all():
            assert opened_record(connection, services.keys, row.signature) is not None
    installation.confirms("cyd@example.org")  # reads the outbox and the form
    installation.records()
    assert installation.count()["active"] == 3


def test_every_table_with_a_wrapped_key_is_rewrapped(database: Database) -> None:
    with database.read() as connection:
        inspector = sa.inspect(connection)
        found = {
            name
            for name in inspector.get_table_names()
            if any(column["name"] in ("kek", "wrapped_key") for column in inspector.get_columns(name))
        }
        bound = {name for name in found if any(f["referred_table"] == "kek" for f in inspector.get_foreign_keys(name))}
    assert {each.table.name for each in WRAPPED} == found == bound
    assert found == {table.name for table in metadata.sorted_tables if "kek" in table.c}


def test_a_rotation_leaves_one_key_and_everything_readable(
    rotation: Rotation, installation: Installation, copies: Path
) -> None:
    old = installation.services.keys.kek(1)
    assert finish(rotation, installation.clock, begin=True) == WHOLE
    assert numbers(installation) == ({2}, {2})
    assert [path.name for path in copies.iterdir()] == ["kek-2"]
    assert old.hex() not in "".join(path.read_text() for path in installation.services.settings.keys_dir.iterdir())
    with pytest.raises(KeyMissing):
        installation.services.keys.kek(1)
    (made,) = backups_in(rotation.backups)
    assert read_manifest(made).contents.keks == [2]
    assert_everything_opens(installation)


@pytest.mark.parametrize("stop_after", range(len(WHOLE)))
def test_it_goes_on_after_being_killed_at_any_step(
    rotation: Rotation, installation: Installation, tmp_path: Path, stop_after: int
) -> None:
    done = [rotation.step(begin=number == 0) for number in range(min(stop_after, 4))]
    if stop_after == 5:  # killed between giving up the number and destroying the file
        installation.clock.moment += timedelta(minutes=1)
        rotation.keys.keks.destroy = lambda number, copies: None  # type: ignore[method-assign]
        done.append(rotation.step(begin=False))
        assert numbers(installation) == ({2}, {1, 2})
    rest = finish(again(installation, tmp_path), installation.clock, begin=not done)
    assert rest[-2:] == [Step.DESTROYED, Step.NOTHING]
    assert numbers(installation) == ({2}, {2})
    assert_everything_opens(installation)


def test_a_key_that_was_copied_before_the_stop_is_the_one_that_is_made(
    rotation: Rotation, installation: Installation, copies: Path, tmp_path: Path
) -> None:
    rotation.step(begin=True)
    (copies / "kek-2").write_text("ab" * 32 + "\n")
    (copies / "kek-2").chmod(0o400)
    again(installation, tmp_path).step(begin=False)
    assert installation.services.keys.kek(2) == bytes.fromhex("ab" * 32)


def test_what_was_sealed_before_and_comes_late_keeps_its_key(rotation: Rotation, installation: Installation) -> None:
    with installation.services.database.read() as connection:
        late = dict(connection.execute(sa.select(pending).where(pending.c.kek.is_not(None))).mappings().one())
    steps = [rotation.step(begin=number == 0) for number in range(4)]
    assert steps[-1] is Step.SETTLING
    installation.clock.moment += timedelta(minutes=1)
    with installation.services.database.write() as connection:
        connection.execute(sa.insert(pending).values(late | {"id": "late", "token_hash": "late"}))
        with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
            connection.execute(sa.delete(kek).where(kek.c.number == 1))
    with pytest.raises(NotRewrapped, match="pending late"):  # a copied row: its key is bound to another id
        rotation.step(begin=False)
    assert numbers(installation) == ({1, 2}, {1, 2})
    with installation.services.database.write() as connection:
        connection.execute(sa.delete(pending).where(pending.c.id == "late"))
    assert finish(rotation, installation.clock)[-2:] == [Step.DESTROYED, Step.NOTHING]
    with installation.services.database.write() as connection:
        with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
            connection.execute(sa.insert(pending).values(late | {"id": "later", "token_hash": "later"}))


def test_without_a_backup_no_key_is_destroyed(
    rotation: Rotation, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Path:
        raise PetitionError("the disk is full")

    monkeypatch.setattr("service.operations.rewrapping.make_backup", fails)
    with pytest.raises(PetitionError, match="the disk is full"):
        finish(rotation, installation.clock, begin=True)
    assert numbers(installation) == ({1, 2}, {1, 2})
    assert_everything_opens(installation)


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
    with pytest.raises(ConfigError, match=f"kek-{missing} is missing"):
        again(installation, tmp_path).step(begin=False)
    path.write_bytes(content)
    path.chmod(0o400)
    assert finish(again(installation, tmp_path), installation.clock)[-2:] == [Step.DESTROYED, Step.NOTHING]
    assert_everything_opens(installation)


def test_of_two_rotations_at_once_one_stops(
    installation: Installation, another_connection: Callable[[], Database], tmp_path: Path
) -> None:
    with rotating(another_connection()) as is_ours:
        assert is_ours
        options = ["rewrap", "--backup", str(tmp_path / "backups")]
        answer = CliRunner().invoke(commands, options, obj=installation.services)
    assert isinstance(answer.exception, Refused)
    assert numbers(installation) == ({1}, {1})


def test_the_command_rotates_once_and_a_second_time_again(
    rotation: Rotation, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.operations.rewrapping.SETTLED_S", 0)
    for number in (2, 3):
        answer = CliRunner().invoke(commands, ["rewrap", "--backup", str(tmp_path / "b")], obj=installation.services)
        assert answer.exit_code == 0, answer.output
        assert f"All is sealed under kek-{number}" in answer.output
        assert f"kek-{number} is made: copy it to a second medium" in answer.output
        assert numbers(installation) == ({number}, {number})
    assert_everything_opens(installation)


def test_it_is_due_a_day_before_the_week_is_over(rotation: Rotation, installation: Installation) -> None:
    assert not rotation.is_due()
    installation.clock.moment += timedelta(days=6)
    assert rotation.is_due()
    finish(rotation, installation.clock, begin=True)
    assert not rotation.is_due()


def test_people_sign_meanwhile_and_nobody_is_refused(rotation: Rotation, installation: Installation) -> None:
    """20,000 keys, and forms and confirmations between their batches."""
    keys, database = installation.services.keys, installation.services.database
    rows, sealed = [], seal(new_key(), {"name": "Made-up Person"}, b"")
    for number in range(20_000):
        row = {"id": f"row-{number}", "signature": f"s-{number}", "campaign": "c", "commitment": "", "sealed": sealed}
        number_of_key, wrapped = wrap(keys, new_key(), record_associated("c", row["signature"], ""))
        rows.append(row | {"kek": number_of_key, "wrapped_key": wrapped})
    with database.write() as connection:
        connection.execute(sa.insert(record), rows)
    stop, answers = threading.Event(), []

    def sign() -> None:
        number = 0
        while not stop.is_set() or number < 5:
            number += 1
            answers.append(installation.signs(f"person{number}@example.org").status_code)
            installation.confirms(f"person{number}@example.org")

    signing = threading.Thread(target=sign)
    signing.start()
    steps = finish(rotation, installation.clock, begin=True)
    stop.set()
    signing.join(60)
    installation.records()
    assert steps[-2:] == [Step.DESTROYED, Step.NOTHING]
    assert set(answers) == {303}
    assert installation.count()["active"] == 2 + len(answers)
    with installation.services.database.read() as connection:
        assert set(connection.scalars(sa.select(record.c.kek))) == {2}
        joined_ones = sa.select(record.c.signature).where(record.c.campaign != "c")
        for row in connection.execute(joined_ones).all():
            assert opened_record(connection, installation.services.keys, row.signature) is not None
