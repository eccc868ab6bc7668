"""After a restored backup the log goes on as it was published, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from service.archive.documents import DocumentGone, get, put, take_down
from service.campaigns.commands import CloseCampaign, SealCampaign
from service.campaigns.handlers import close_campaign, seal_campaign
from service.errors import LogDamaged, Refused
from service.eventlog.events import DocumentRemoved
from service.operations.log_commands import log as commands
from service.operations.restore_log import Restored, restore_log
from service.publishing.checkpoint import publish
from service.publishing.folder import write_folder
from service.publishing.leaves import leaves
from service.publishing.mirror import copy_at
from service.publishing.shown import newest_shown
from service.signatures.sealing import forget_signers
from service.store.database import Database
from service.store.tables import campaign, campaign_key, log_head, metadata, pending, record, signature
from tests.installation import REF, Installation

Snapshot = dict[str, list[dict[str, Any]]]


def back_up(database: Database) -> Snapshot:
    """Return every row of every table."""
    with database.read() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in metadata.sorted_tables
        }


def put_back(database: Database, snapshot: Snapshot) -> None:
    """Make the database what it was."""
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))
        for table in metadata.sorted_tables:
            if rows := snapshot[table.name]:
                connection.execute(sa.insert(table), rows)


def publish_to(installation: Installation, folder: Path) -> str:
    """Publish the log into a folder and return its checkpoint."""
    services = installation.services
    services.runner.catch_up()
    publish(services.database, services.keys, services.policy)
    write_folder(services.database, services.policy, folder, lambda _: None)
    return (folder / "checkpoint").read_text()


def restore(installation: Installation, folder: Path) -> Restored:
    return restore_log(installation.services, copy_at(str(folder)), lambda _: None)


def everything(installation: Installation) -> list[bytes]:
    return list(leaves(installation.services.database))


def exact_rows(installation: Installation) -> tuple[Any, ...]:
    """Return the rows that commands decide by, but what no entry tells."""
    with installation.services.database.read() as connection:
        rows = (connection.execute(sa.select(t).order_by(t.c[0])).all() for t in (campaign, signature, log_head))
        return tuple(map(list, rows))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the log is published."""
    return tmp_path / "published"


def test_the_log_and_all_that_follows_from_it_is_as_it_was(installation: Installation, folder: Path) -> None:
    for name in ("ada", "bob"):
        installation.signs(f"{name}@example.org")
    page = installation.confirms("ada@example.org")
    installation.records()
    publish_to(installation, folder)
    installation.signs("cyd@example.org")  # a form that is in the backup, and confirmed after it
    snapshot = back_up(installation.services.database)
    bob = installation.confirms("bob@example.org")
    installation.confirms("cyd@example.org")
    installation.client().post(page, data={"action": "withdraw"})
    installation.records()
    installation.client().post(bob, data={"action": "erase"})
    close_campaign(CloseCampaign(REF, "goal", "test", installation.clock.now()), installation.services.log)
    checkpoint = publish_to(installation, folder)
    was, rows, count = everything(installation), exact_rows(installation), installation.count()
    put_back(installation.services.database, snapshot)
    assert everything(installation) != was
    done = restore(installation, folder)
    assert everything(installation) == was
    assert exact_rows(installation) == rows
    assert installation.count() == count
    assert publish_to(installation, folder) == checkpoint
    assert (done.after - done.before, done.signatures, done.forms, done.unknown) == (4, 3, 2, [])
    assert installation.rows(pending) == 1  # the used link of the one who had confirmed before
    assert installation.rows(record) == 1  # names of the time in between are lost; nobody's comes back
    with pytest.raises(Refused, match="nothing is missing"):
        restore(installation, folder)


def test_what_was_sealed_or_taken_down_meanwhile_is_gone_again(installation: Installation, folder: Path) -> None:
    services = installation.services
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    with services.database.write() as connection:
        hashed = put(connection, b"a made-up text", "text/plain", public=True)
    snapshot = back_up(services.database)
    with services.log.transaction() as connection:
        day = services.log.day(connection, installation.clock.now())
        services.log.append(DocumentRemoved(day=day, document=hashed, reason="person", approvals=2), 2)
        take_down(connection, hashed, "person")
    now = installation.clock.now()
    close_campaign(CloseCampaign(REF, "goal", "test", now), services.log)
    installation.clock.moment = now.replace(month=now.month + 2)
    seal_campaign(SealCampaign(REF, installation.clock.now()), services.log, forget_signers)
    publish_to(installation, folder)
    put_back(services.database, snapshot)
    restore(installation, folder)
    for table in (record, signature, campaign_key):
        assert installation.rows(table) == 0
    with services.database.read() as connection, pytest.raises(DocumentGone):
        get(connection, hashed).bytes()
    assert installation.count()["state"] == "sealed"


def test_an_appeal_opened_after_the_backup_counts_and_is_named(installation: Installation, folder: Path) -> None:
    services = installation.services
    snapshot = back_up(services.database)
    snapshot |= {name: [] for name in ("campaign", "campaign_key", "campaign_text")}
    snapshot["event"] = [row for row in snapshot["event"] if not row["stream"].startswith("c_")]
    for name in snapshot:
        if name.startswith("read_"):
            snapshot[name] = []
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    publish_to(installation, folder)
    was = everything(installation)
    with services.database.read() as connection:
        (campaign_id,) = connection.scalars(sa.select(campaign.c.id))
    put_back(services.database, snapshot)
    assert restore(installation, folder).unknown == [campaign_id]
    assert everything(installation) == was
    assert installation.client().get(f"/en/c/{REF}").status_code == 404


@pytest.mark.parametrize("fault", ["bit", "missing", "cut", "checkpoint", "other key", "fork"])
def test_a_copy_that_does_not_fit_changes_nothing(installation: Installation, folder: Path, fault: str) -> None:
    snapshot = back_up(installation.services.database)
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    publish_to(installation, folder)
    put_back(installation.services.database, snapshot)
    (bundle,) = (folder / "tile" / "entries").glob("*/*")
    content = bundle.read_bytes()
    note = (folder / "checkpoint").read_text()
    if fault == "bit":
        at = content.index(b'"commitment":"') + 14
        bundle.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    elif fault == "missing":
        shutil.rmtree(bundle.parent)
    elif fault == "cut":
        bundle.write_bytes(content[:-1])
    elif fault == "checkpoint":
        (folder / "checkpoint").write_text(note.replace("\n", "\n9", 1))
    elif fault == "other key":
        (folder / "checkpoint").write_text(note.replace("petition.example", "petition.exbmple"))
    else:
        installation.signs("bob@example.org")
        installation.confirms("bob@example.org")
        installation.records()
    was, rows = everything(installation), exact_rows(installation)
    with pytest.raises((LogDamaged, Refused)):
        restore(installation, folder)
    assert everything(installation) == was
    assert exact_rows(installation) == rows


def test_the_drill(installation: Installation, folder: Path, tmp_path: Path) -> None:
    """Run what docs/operations.md says to do: restore, then report."""
    snapshot = back_up(installation.services.database)
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    publish_to(installation, folder)
    put_back(installation.services.database, snapshot)
    answer = CliRunner().invoke(commands, ["restore", str(folder)], obj=installation.services)
    assert answer.exit_code == 0, answer.output
    assert "1 entries appended" in answer.output
    report = tmp_path / "report.txt"
    report.write_text("On 2 March the database was restored. No entry was lost.\n")
    answer = CliRunner().invoke(commands, ["incident", "data-loss", str(report)], obj=installation.services)
    hashed = answer.output.split()[-1]
    assert installation.client().get(f"/log/documents/{hashed}").get_data() == report.read_bytes()
    publish_to(installation, folder)
    assert b'"class":"data-loss"' in everything(installation)[-1]
    with installation.services.database.read() as connection:
        shown = newest_shown(connection)
    assert shown is not None
    assert shown.size == len(everything(installation))
    report.write_bytes(b"\xff")
    assert CliRunner().invoke(commands, ["incident", "key", str(report)], obj=installation.services).exit_code == 1
