"""When the persons concerned have an appeal withdrawn, no page tells their names or story any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.campaigns.commands import TakeDocumentDown, WithdrawCampaign
from service.campaigns.handlers import withdraw_campaign
from service.campaigns.queries import campaign_by_ref
from service.campaigns.takedown import take_document_down
from service.clock import FixedClock
from service.store.database import Database
from tests.installation import CONSENTED, REF, Installation, install

TOLD = ("Mahemuti", "Anayeti", "Aierken", "Abuduwaili", "Istanbul", "Uyghur")


@pytest.fixture
def installation(sqlite_database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with the example appeal open and signed once."""
    found = install(sqlite_database, tmp_path, clock)
    found.signs("ada@example.org")
    yield found
    found.services.database.dispose()


def withdraw(installation: Installation, reason: str) -> None:
    services = installation.services
    withdraw_campaign(WithdrawCampaign(REF, reason, "test", services.clock.now()), services.log)


@pytest.mark.parametrize("language", ["en", "tr", "ug", "ar"])
def test_no_page_tells_their_names_or_story(installation: Installation, language: str) -> None:
    own_page = installation.confirms("ada@example.org")
    installation.records()
    with installation.services.database.read() as connection:
        text = campaign_by_ref(connection, REF).text
    withdraw(installation, "persons-request")
    gone = [f"/{language}/c/{REF}", f"/{language}/c/{REF}/text/{text}", f"/{language}/c/{REF}/sign"]
    for path in (*gone, f"/{language}/", f"/{language}/c/{REF}/letters", f"{own_page}?lang={language}"):
        answer = installation.client().get(path)
        assert answer.status_code == (410 if path in gone else 200), path
        assert [word for word in TOLD if word in answer.get_data(as_text=True)] == [], path


@pytest.mark.parametrize("reason", ["persons-request", "organizer"])
def test_a_form_that_waits_is_not_confirmed_and_the_page_behind_its_link_names_nobody(
    installation: Installation, reason: str
) -> None:
    link = installation.link_for("ada@example.org")
    form = installation.form() | CONSENTED | {"full_name": "Made-up Person", "email": "ben@example.org"}
    withdraw(installation, reason)
    shown = installation.client().get(link)
    assert shown.status_code == 200
    if reason == "persons-request":
        assert [word for word in TOLD if word in shown.text] == []
    assert installation.client().post(link, data={"action": "confirm"}).status_code == 410
    assert installation.posts(form).status_code == 410
    installation.records()
    assert installation.count()["active"] == 0
    assert installation.client().post(link, data={"action": "not_me"}).status_code == 200


def test_nothing_else_tells_their_names(installation: Installation) -> None:
    withdraw(installation, "persons-request")
    for path in ("updates", "feed.atom", "sent", "sheet.pdf"):
        answer = installation.client().get(f"/en/c/{REF}/{path}")
        assert answer.status_code in (404, 410), path
        assert [word for word in TOLD if word in answer.text] == [], path


def test_nobody_signs_what_was_taken_down(installation: Installation) -> None:
    services, form = installation.services, installation.form() | CONSENTED
    with services.database.read() as connection:
        text = campaign_by_ref(connection, REF).text
    command = TakeDocumentDown(text, "rights", 2, services.clock.now())
    with services.log.transaction() as connection:
        take_document_down(command, services.log, connection)
    posted = installation.posts(form | {"full_name": "Made-up Person", "email": "ben@example.org"})
    assert (installation.client().get(f"/en/c/{REF}/sign").status_code, posted.status_code) == (410, 410)


def test_the_count_stays_at_its_size(installation: Installation) -> None:
    installation.confirms("ada@example.org")
    withdraw(installation, "persons-request")
    installation.records()
    shown = installation.client().get(f"/en/c/{REF}").get_data(as_text=True)
    assert 'value="1"' in shown


def test_an_appeal_that_its_organizer_withdrew_stays_readable(installation: Installation) -> None:
    withdraw(installation, "organizer")
    answer = installation.client().get(f"/en/c/{REF}")
    assert answer.status_code == 200
    assert "was withdrawn on" in answer.get_data(as_text=True)
    assert "Mahemuti" in answer.get_data(as_text=True)
