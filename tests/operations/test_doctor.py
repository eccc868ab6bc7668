"""The doctor says what is wrong with an installation, and nothing where nothing is."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from service.clock import FixedClock
from service.config import Settings
from service.desk.tables import account, founder
from service.operations.cli import doctor
from service.operations.doctor import ASK_DATABASE, NOT_ASKED, durable_write_ms, examine
from service.operations.prepare import prepare
from service.readmodel.tables import live
from service.store.database import Database
from service.store.tables import campaign
from service.vault.keys import Keys
from tests.installation import environ_for
from tests.postgres import Cluster


@pytest.fixture(scope="module", autouse=True)
def durable(cluster: Cluster) -> Iterator[None]:
    """Let the server of the tests wait for the disk, as one in service has to."""
    cluster.wait_for_disk("on")
    yield
    cluster.wait_for_disk("off")


@pytest.fixture
def environ(database: Database, tmp_path: Path, clock: FixedClock) -> dict[str, str]:
    """Return the environment of an installation that is well."""
    found = environ_for(database, tmp_path)
    list(prepare(Settings.from_environment(found), clock))
    (tmp_path / "mail").mkdir(mode=0o700)
    if database.path is not None:
        database.path.chmod(0o600)
    return found


def wrong(environ: dict[str, str]) -> dict[str, str]:
    """Return what the doctor finds wrong, by check."""
    return {finding.check: finding.says for finding in examine(environ) if not finding.is_well}


def test_a_sound_installation_is_well(environ: dict[str, str]) -> None:
    assert wrong(environ) == {}


def test_it_names_a_wrong_setting(environ: dict[str, str]) -> None:
    assert "BASE_URL" in wrong(environ | {"BASE_URL": "nonsense"})["settings"]


def test_it_sends_to_prepare_where_there_are_no_tables(tmp_path: Path, environ: dict[str, str]) -> None:
    found = wrong(environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/missing.db"})
    assert "petition prepare" in found["database"]
    assert {found[name] for name in ASK_DATABASE} == {NOT_ASKED}


def test_it_names_letters_that_wait_for_people(environ: dict[str, str], database: Database) -> None:
    row = {"id": "l_EXAMPLE123", "state": "uncertain", "at_size": 1, "active": 0, "pdf_bytes": 1, "entry": 1}
    others = {column.name: "x" for column in live.letter.columns if column.name not in row}
    with database.write() as connection:
        connection.execute(sa.insert(live.letter).values(**row, **others))
    assert "petition letter resolve l_EXAMPLE123" in wrong(environ)["letters"]


def test_it_finds_a_maildir_that_is_none(environ: dict[str, str], tmp_path: Path) -> None:
    assert "DSN_MAILDIR" in wrong(environ | {"DSN_MAILDIR": str(tmp_path / "none")})["letters"]


@pytest.mark.parametrize(("active", "is_well"), [(1, False), (2, True)])
def test_it_finds_too_few_administrators(
    environ: dict[str, str], database: Database, active: int, is_well: bool
) -> None:
    row = {"password": "", "kek": 1, "wrapped_key": b"", "sealed": b"", "roles": "administrator"}
    with database.write() as connection:
        connection.execute(sa.insert(founder).values(number=1, account="a_0"))
        for number in range(2):
            state = "active" if number < active else "disabled"
            connection.execute(sa.insert(account).values(id=f"a_{number}", name=f"n{number}", state=state, **row))
    assert ("people" not in wrong(environ)) == is_well


def test_it_finds_keys_that_others_can_read(environ: dict[str, str]) -> None:
    os.chmod(Path(environ["KEYS_DIR"]) / "kek-1", 0o444)
    assert "kek-1" in wrong(environ)["keys"]


def test_it_finds_keys_that_are_missing(environ: dict[str, str]) -> None:
    shutil.rmtree(environ["KEYS_DIR"])
    assert "KEYS_DIR" in wrong(environ)["keys"]


def test_it_finds_a_database_that_others_can_read(environ: dict[str, str], database: Database) -> None:
    if database.path is not None:
        database.path.chmod(0o644)
        assert "chmod 600" in wrong(environ)["files"]
    else:
        assert "files" not in wrong(environ)


def test_it_finds_keys_of_another_log(environ: dict[str, str]) -> None:
    shutil.rmtree(environ["KEYS_DIR"])
    Keys.create(Path(environ["KEYS_DIR"]), environ["ORIGIN"])
    assert "not the keys of this log" in wrong(environ)["keys"]


def test_it_finds_keys_beside_the_database(environ: dict[str, str], database: Database) -> None:
    serious = environ | {"DEMONSTRATION": "0", "MAILBOX_DIR": ""}
    assert ("files" in wrong(serious)) is (database.path is not None)


def test_it_finds_a_log_that_nobody_counts(
    environ: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.operations.doctor.BEHIND_MOST", 0)
    assert "petition work" in wrong(environ)["counting"]


@pytest.mark.parametrize(("took_ms", "says"), [(0.001, "does not sync"), (900.0, "faster disk")])
def test_it_finds_a_disk_that_does_not_sync_or_is_slow(
    sqlite_database: Database, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, took_ms: float, says: str
) -> None:
    monkeypatch.setattr("service.operations.doctor.durable_write_ms", lambda _folder: took_ms)
    if environ["DATABASE_URL"].startswith("sqlite"):
        assert says in wrong(environ)["durability"]
    else:
        assert "durability" not in wrong(environ)


def test_it_finds_a_server_that_does_not_wait_for_the_disk(environ: dict[str, str], database: Database) -> None:
    if database.dialect == "sqlite":
        assert "durability" not in wrong(environ)
        return
    with database.engine.connect() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        connection.commit()
    assert "synchronous_commit is off" in wrong(environ)["durability"]


def test_it_finds_a_server_that_would_lose_what_it_acknowledged(
    environ: dict[str, str], database: Database, cluster: Cluster
) -> None:
    cluster.wait_for_disk("off")
    try:
        assert ("fsync is off" in wrong(environ).get("durability", "")) is (database.dialect == "postgresql")
    finally:
        cluster.wait_for_disk("on")


def test_it_finds_pools_that_do_not_fit_the_server(environ: dict[str, str], database: Database) -> None:
    found = wrong(environ | {"POOL_SIZE": "64"})
    assert ("connections" in found) is (database.dialect == "postgresql")
    assert database.dialect == "sqlite" or "lower POOL_SIZE" in found["connections"]


def test_it_finds_a_mail_folder_that_is_missing(environ: dict[str, str], tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "mail")
    assert "mkdir" in wrong(environ)["mail"]


def test_it_finds_a_mail_server_that_does_not_answer(environ: dict[str, str]) -> None:
    found = wrong(environ | {"SMTP_URL": "smtp://user:secret@127.0.0.1:9?starttls=1"})["mail"]
    assert "127.0.0.1" in found
    assert "secret" not in found


def test_it_finds_mail_that_was_given_up(environ: dict[str, str], database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO outbox (id, pending, state, attempts, due, expires, error_class, sealed) "
            "VALUES ('m', 'p', 'dead', 3, 0, 9, 'refused', '')"
        )
    assert "1 mails were given up" in wrong(environ)["outbox"]


@pytest.mark.parametrize(("ended", "is_wrong"), [("2026-01-02", True), ("9999-01-02", False)])
def test_it_finds_an_appeal_that_keeps_who_signed_for_too_long(
    environ: dict[str, str], database: Database, ended: str, is_wrong: bool
) -> None:
    with database.write() as connection:
        connection.execute(sa.insert(campaign).values(id="c_1", ref="an-old-one", state="closed", ended=ended))
    found = wrong(environ)
    assert ("retention" in found) is is_wrong
    assert not is_wrong or "an-old-one" in found["retention"]


def test_it_finds_a_log_that_was_rolled_back(environ: dict[str, str], database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO read_progress (id, position, log_size) VALUES (1, 99, 99)")
    assert "rolled back" in wrong(environ)["counting"]


def test_it_finds_a_damaged_database(tmp_path: Path, environ: dict[str, str]) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(path).execute("SELECT 1 FROM event")
    assert "database" in wrong(environ | {"DATABASE_URL": f"sqlite:///{path}"})


def test_the_command_says_so_and_fails(environ: dict[str, str]) -> None:
    runner = CliRunner(env=environ | {"BASE_URL": "nonsense"})
    answer = runner.invoke(doctor)
    assert answer.exit_code == 1
    assert "WRONG" in answer.output
    assert "BASE_URL" in answer.output
    assert CliRunner(env=environ).invoke(doctor).exit_code == 0


def test_a_durable_write_takes_time_and_leaves_nothing(tmp_path: Path) -> None:
    assert durable_write_ms(tmp_path) > 0
    assert list(tmp_path.iterdir()) == []
