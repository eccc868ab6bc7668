"""An operator under load stops signing or mail of one appeal, and takes it up again; each is recorded."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from service.campaigns.cli import campaign as commands
from service.campaigns.commands import PauseCampaign
from service.campaigns.pausing import pause_campaign
from service.errors import NotFound
from service.store.tables import outbox, pause, pending
from tests.installation import REF, Installation

APPEAL = f"/en/c/{REF}"


def run(installation: Installation, *arguments: str) -> Result:
    return CliRunner().invoke(commands, arguments, obj=installation.services, catch_exceptions=True)


def test_while_signing_is_paused_pages_say_so_and_no_form_is_taken(installation: Installation) -> None:
    form = installation.form() | {"full_name": "Made-up Person", "email": "ada@example.org", "consent": "yes"}
    installation.signs("earlier@example.org")
    assert run(installation, "pause", REF, "--what", "signing").output == f"paused {REF}: signing\n"
    page = installation.client().get(APPEAL)
    assert (page.status_code, "Signing is paused" in page.text) == (200, True)
    assert f'href="{APPEAL}/sign"' not in page.text
    for answer in (installation.client().get(f"{APPEAL}/sign"), installation.posts(form)):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "600")
        assert "Signing is paused" in answer.text
    assert installation.rows(pending) == 1
    assert installation.confirms("earlier@example.org")
    assert run(installation, "resume", REF, "--what", "signing").exit_code == 0
    assert f'href="{APPEAL}/sign"' in installation.client().get(APPEAL).text
    assert installation.posts(form | {"disclosure": "counted"}).status_code == 303


def test_while_mail_is_paused_it_waits(installation: Installation) -> None:
    run(installation, "pause", REF, "--what", "mail")
    assert installation.signs("ada@example.org").status_code == 303
    assert installation.mails() == []
    assert installation.rows(outbox) == 1
    run(installation, "resume", REF, "--what", "mail")
    assert [to for to, _, _ in installation.mails()] == ["ada@example.org"]


def test_each_is_recorded_and_only_one_lasts(installation: Installation) -> None:
    for _ in range(2):
        run(installation, "pause", REF, "--what", "mail")
        assert "paused already" in str(run(installation, "pause", REF, "--what", "mail").exception)
        run(installation, "resume", REF, "--what", "mail")
        assert "is not paused" in str(run(installation, "resume", REF, "--what", "mail").exception)
    with installation.services.database.read() as connection:
        rows = connection.execute(sa.select(pause)).mappings().all()
    assert [(row["what"], row["paused_by"], row["until"]) for row in rows] == [("mail", "operator", "2026-03-02")] * 2
    first, lasts = rows[0], {"number": 9, "until": ""}
    with pytest.raises(sa.exc.IntegrityError), installation.services.database.write() as connection:
        connection.execute(sa.insert(pause), [{**first, **lasts}, {**first, **lasts, "number": 10}])


def test_showing_an_appeal_says_what_is_paused(installation: Installation) -> None:
    run(installation, "pause", REF, "--what", "signing")
    assert "signing since 2026-03-02" in run(installation, "show", REF).output


def test_there_is_nothing_to_pause_of_an_unknown_appeal(installation: Installation) -> None:
    now = installation.clock.now()
    with pytest.raises(NotFound):
        pause_campaign(PauseCampaign("no-such-appeal", "mail", "test", now), installation.services.database)


def test_nothing_of_it_becomes_public(installation: Installation) -> None:
    before = installation.count()["log_size"]
    run(installation, "pause", REF, "--what", "signing")
    installation.records()
    assert installation.count()["log_size"] == before
