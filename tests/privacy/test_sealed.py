"""A week after an appeal was sealed nothing on the machine tells who signed it: no table, no backup under any key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from service.campaigns.commands import CloseCampaign
from service.campaigns.handlers import close_campaign
from service.clock import day_of
from service.operations.backup import make_backup
from service.operations.backup_manifest import backups_in
from service.operations.work import passes
from tests.installation import REF, Installation
from tests.privacy.conftest import Loads
from tests.privacy.opening import keys_under, readable, token_keys
from tests.privacy.search import files_under, places_of, tables_of

SIGNED = "signed.zqxjkv@example.org"
PEOPLE = (SIGNED, "Zqxjkv Üñmärkvöş")


def works(installation: Installation, times: int, pause: timedelta, *names: str) -> None:
    """Let the worker look so many times, with a pause after each."""
    run = {each.name: each.run for each in passes(installation.services)}
    for _ in range(times):
        for name in names:
            run[name]()
        installation.clock.moment += pause


def test_a_week_after_sealing_no_key_opens_the_token_key_or_a_record_in_any_backup(
    installed: Installation, loads: Loads, tmp_path: Path
) -> None:
    services, places = installed.services, (installed.services.settings.keys_dir, tmp_path / "copies")
    installed.signs(SIGNED, "Zqxjkv Üñmärkvöş", news="yes")
    installed.confirms(SIGNED)
    installed.records()
    close_campaign(CloseCampaign(REF, "outcome", "test", installed.clock.now()), services.log)
    installed.clock.moment += timedelta(days=30)
    works(installed, 15, timedelta(minutes=1), "rewrap")  # the youngest key that a backup may be under
    newest = make_backup(services.database, services.keys.origin, tmp_path / "backups", day_of(installed.clock.now()))
    before, keys = loads(newest), keys_under(*places)
    (token_key,) = set(token_keys(before, keys))
    assert {"record", "subscriber"} <= places_of(readable(before, keys), [SIGNED])

    works(installed, 1, timedelta(days=6), "retention", "sealing")
    works(installed, 24, timedelta(hours=1), "retention", "rewrap")  # as slowly as with a great many keys
    installed.records()
    assert installed.count()["state"] == "sealed"
    keys, backups = keys_under(*places), backups_in(tmp_path / "backups")
    assert backups[-1] != newest  # the worker made one since
    for database in (services.database, before, loads(backups[-1])):
        assert list(token_keys(database, keys)) == []
        assert list(readable(database, keys)) == []
        assert places_of(tables_of(database), PEOPLE) == set()
    for mail in installed.mail_folder.iterdir():
        mail.unlink()  # it lies in the mailbox of the one who signed
    assert places_of(files_under(tmp_path), PEOPLE) == set()
    for name, content in (*files_under(tmp_path), *tables_of(services.database)):
        assert token_key not in content, name
