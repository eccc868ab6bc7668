"""The drill of replacing keys that sign: both sign for a while, and old and new pins both check the log."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from service.audit.verifying import verify_log
from service.errors import ConfigError
from service.eventlog.rotating import RotateKey, rotate_key
from service.operations.incident import report_incident
from service.operations.prepare import prepare
from service.publishing.checkpoint import publish
from service.publishing.folder import write_folder
from tests.installation import Installation


def rotate(installation: Installation, role: str, reason: str = "planned") -> str:
    """Make the next key of a role and put it into use; return it."""
    services = installation.services
    held = services.keys.log if role == "log" else services.keys.promise
    old, new = held.vkeys[-1], held.make()
    command = RotateKey(role, new, old.split("+", 2)[1], reason, services.clock.now())
    with services.log.transaction() as connection:
        rotate_key(command, services.log, connection, 2)
    return new


def publish_to(installation: Installation, folder: Path) -> list[str]:
    """Publish, write a copy, and return the signature lines of its checkpoint."""
    services = installation.services
    services.runner.catch_up()
    publish(services.database, services.keys, services.policy)
    write_folder(services.database, services.policy, folder, lambda _: None)
    return (folder / "checkpoint").read_text().split("\n\n")[1].splitlines()


def errors(folder: Path, policy: Path, vkey: str) -> list[str]:
    """Return what the auditor's program finds wrong with a copy, under a policy that names this key."""
    policy.write_text(f"log {vkey}\nquorum none\n")
    return [str(error) for error in verify_log(str(folder), policy, lambda done, total: None).errors]


def test_both_keys_sign_for_ninety_days_and_then_the_new_one_alone(installation: Installation, tmp_path: Path) -> None:
    old = installation.services.keys.log_vkey
    folder, policy = tmp_path / "log", tmp_path / "policy"
    assert len(publish_to(installation, folder)) == 1
    new = rotate(installation, "log")
    assert len(publish_to(installation, folder)) == 2
    assert (errors(folder, policy, old), errors(folder, policy, new)) == ([], [])
    installation.clock.moment += timedelta(days=91)
    report_incident(installation.services.log, "outage", b"A made-up report.", installation.clock.now())
    (line,) = publish_to(installation, folder)
    assert errors(folder, policy, new) == []
    assert line.startswith("\N{EM DASH} petition.example/log ")


def test_a_stolen_key_signs_no_more_at_once(installation: Installation, tmp_path: Path) -> None:
    publish_to(installation, tmp_path / "log")
    new = rotate(installation, "log", "stolen")
    assert len(publish_to(installation, tmp_path / "log")) == 1
    assert errors(tmp_path / "log", tmp_path / "policy", new) == []


def test_promises_are_signed_by_the_newest_key(installation: Installation) -> None:
    installation.signs("ada@example.org")
    page = installation.confirms("ada@example.org")
    before = installation.client().get(f"{page}/receipt").get_data(as_text=True)
    rotate(installation, "promise")
    after = installation.client().get(f"{page}/receipt").get_data(as_text=True)
    assert before.split("\n\n")[0] == after.split("\n\n")[0]
    assert before != after
    assert after.count("\N{EM DASH} petition.example/log/promise ") == 1


def test_a_key_in_use_that_is_missing_stops_the_start(installation: Installation) -> None:
    services = installation.services
    rotate(installation, "log")
    (services.settings.keys_dir / "log-2").unlink()
    with pytest.raises(ConfigError, match="these are not the keys of this log, the log key"):
        list(prepare(services.settings, services.clock))
