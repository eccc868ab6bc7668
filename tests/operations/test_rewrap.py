"""The weekly rotation of the key-encryption key: step by step, stopped anywhere, while people go on signing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from service.errors import PetitionError, Refused
from service.operations.backup_manifest import backups_in, read_manifest
from service.operations.key_commands import keys as commands
from service.operations.rewrapping import Rotation, Step, rotating
from service.operations.wrapped import WRAPPED
from service.signatures.rows import opened_record
from service.store.database import Database
from service.store.tables import kek, metadata, pending, record
from service.vault.kek_files import KeyMissing
from service.vault.rewrapping import NotRewrapped, _next_rows
from service.vault.sealing import new_key, record_associated, seal, wrap
from tests.installation import Installation
from tests.operations.rotations import WHOLE, assert_everything_opens, finish, numbers


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


def test_of_two_rotations_at_once_one_stops(
    installation: Installation, another_connection: Callable[[], Database], tmp_path: Path
) -> None:
    with rotating(another_connection()) as is_ours:
        assert is_ours
        options = ["rewrap", "--backup", str(tmp_path / "backups")]
        answer = CliRunner().invoke(commands, options, obj=installation.services)
    assert isinstance(answer.exception, Refused)
    assert numbers(installation) == ({1}, {1})


def test_looking_for_what_is_left_reads_no_whole_table(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        for each in WRAPPED:
            question = _next_rows(sqlite_database, each, 2, "")
            asked = str(question.compile(connection.engine, compile_kwargs={"literal_binds": True}))
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")]
            if each.table.name in ("record", "pending", "subscriber"):  # those that grow with the people who sign
                assert plan == [f"SEARCH {each.table.name} USING INDEX ix_{each.table.name}_kek (kek<?)"]


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
    """5,000 keys, and forms and confirmations between their batches."""
    keys, database = installation.services.keys, installation.services.database
    rows, sealed = [], seal(new_key(), {"name": "Made-up Person"}, b"")
    for number in range(5_000):
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
