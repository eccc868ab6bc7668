"""A rotation of the key-encryption key over an installation that holds something, and what is to be seen of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import sqlalchemy as sa
from click.testing import CliRunner

from service.clock import FixedClock
from service.desk.accounts import open_person
from service.desk.tables import account
from service.operations.key_commands import keys as commands
from service.operations.rewrapping import Rotation, Step
from service.signatures.rows import opened_record
from service.store.tables import record
from service.vault.campaign_keys import campaign_keys
from service.vault.keys import Keys
from service.vault.rewrapping import keks_since
from tests.installation import Installation

LIVING = 5  # keys: the appeal's, an account's, two records', a form's
WHOLE = [Step.ENTERED, Step.MADE, Step.WRAPPED, Step.SETTLING, Step.DESTROYED, Step.NOTHING]


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


def status(installation: Installation) -> str:
    """Return what `petition keys status` says, by a new process."""
    services = installation.services
    keys = Keys.load(services.settings.keys_dir, services.settings.origin)
    asked = SimpleNamespace(database=services.database, keys=keys)
    answer = CliRunner().invoke(commands, ["status"], obj=asked, catch_exceptions=False)
    return answer.output


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
