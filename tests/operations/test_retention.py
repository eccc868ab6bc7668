"""`petition retention status` lists what is kept, and fails when something is past its time."""

from __future__ import annotations

from datetime import timedelta

from click.testing import CliRunner, Result

from service.campaigns.commands import CloseCampaign
from service.campaigns.handlers import close_campaign
from service.operations.retention import retention
from service.operations.work import passes
from tests.installation import REF, Installation


def status(installation: Installation) -> Result:
    return CliRunner().invoke(retention, ["status"], obj=installation.services)


def late(installation: Installation) -> list[str]:
    """Return what is past its time."""
    lines = [line for line in status(installation).output.splitlines() if " late " in line]
    return [line[:34].strip() for line in lines if line.split(" late ")[0].split()[-1] != "0"]


def test_it_names_what_is_past_its_time_until_the_worker_comes(installation: Installation) -> None:
    installation.signs("ada@example.org", news="yes")
    installation.confirms("ada@example.org")
    installation.signs("bob@example.org")
    installation.records()
    assert late(installation) == []
    assert status(installation).exit_code == 0
    installation.clock.moment += timedelta(hours=74)
    assert late(installation) == ["forms and used links", "mails counted by address"]
    assert status(installation).exit_code == 1
    close_campaign(CloseCampaign(REF, "goal", "test", installation.clock.now()), installation.services.log)
    assert f"{REF}: ended on 2026-03-05, sealed from 2026-04-04 on" in status(installation).output
    installation.clock.moment += timedelta(days=31)
    assert late(installation)[-5:-1] == ["names and addresses", "own links", "token keys", "news subscriptions"]
    for each in passes(installation.services):
        if each.name in ("retention", "sealing"):
            each.run()
    assert late(installation) == []
    assert "evidence of letters" in status(installation).output
    assert "old evidence" in {each.name for each in passes(installation.services)}
    assert f"{REF}: ended" not in status(installation).output
