"""An appeal is imported, opened, extended, closed and withdrawn; nothing slips past a closing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from eventsourcing.persistence import IntegrityError

from service.archive.documents import get
from service.campaigns import queries
from service.campaigns.appeal_folder import read_appeal_folder
from service.campaigns.commands import CloseCampaign, ExtendCampaign, OpenCampaign, WithdrawCampaign
from service.campaigns.drafts import import_appeal, load_draft
from service.campaigns.handlers import close_campaign, close_due, extend_campaign, withdraw_campaign
from service.campaigns.opening import open_campaign
from service.campaigns.text_document import read_document
from service.cli import campaign as commands
from service.clock import FixedClock
from service.errors import Busy, CampaignNotOpen, NotFound, Refused
from service.eventlog.canonical import document_hash
from service.store.database import Database
from service.store.tables import campaign_text, draft
from tests.installation import EXAMPLE, REF, Installation, install
from tests.signatures.conftest import ORDINARY, make_signing


@pytest.fixture
def installation(database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    """Return an installation with the example appeal open."""
    found = install(database, tmp_path, clock)
    yield found
    found.services.database.dispose()


def view(installation: Installation) -> queries.CampaignView:
    with installation.services.database.read() as connection:
        return queries.campaign_by_ref(connection, REF)


def test_opening_archives_what_the_log_names(installation: Installation) -> None:
    found = view(installation)
    with installation.services.database.read() as connection:
        for hashed in (found.text, found.wording, found.settings["appeal"]):
            assert document_hash(get(connection, hashed).bytes()) == hashed
        appeal = queries.appeal_document(connection, found)
        assert [person["name"] for person in appeal["persons"]] == ["Mahemuti Anayeti", "Aierken Abuduwaili"]
        for language in ("en", "tr", "ug"):
            text = queries.text_in(connection, found, language)
            assert (text.language, text.hash) == (language, found.text)
            assert 'state = "' not in get(connection, text.document_hash).bytes().decode()
        assert queries.text_in(connection, found, "fr").language == "en"
    topics = [entry.topic for entry in installation.services.log.entries(0, 100)]
    assert topics.count("campaign.opened") == 1
    assert topics.count("campaign.translation_published") == 2


def test_it_knows_what_raises_its_letters_and_where_a_demonstrations_go(installation: Installation) -> None:
    with installation.services.database.read() as connection:
        settings = queries.campaign_by_ref(connection, REF).settings
    assert settings["milestones"] == [{"id": "D1", "when": {"confirmed": 10}, "letters": ["L1"]}]
    assert settings["mail_override"] == "demonstration-mailbox@example.org"
    assert settings["dates"] == {}


def test_a_real_opening_needs_consent_and_organizer(installation: Installation) -> None:
    services = installation.services
    folder = read_appeal_folder(EXAMPLE)
    folder.data["ref"] = "another"
    with services.database.write() as connection:
        import_appeal(connection, folder)
    with pytest.raises(Refused, match="consented"):
        open_campaign(OpenCampaign("another", "test", services.clock.now()), services.log, services.keys)
    with services.database.write() as connection:
        content = json.loads(connection.execute(sa.select(draft.c.content)).scalar_one())
        content["appeal"]["consent_of_persons"] = "recorded"
        connection.execute(sa.update(draft).values(content=json.dumps(content)))
    with pytest.raises(Refused, match="organizer"):
        open_campaign(OpenCampaign("another", "test", services.clock.now()), services.log, services.keys)
    with services.database.read() as connection:
        assert load_draft(connection, "another").appeal["ref"] == "another"


def test_unreviewed_translations_are_not_shown(installation: Installation) -> None:
    services = installation.services
    folder = read_appeal_folder(EXAMPLE)
    folder.data |= {"ref": "real", "consent_of_persons": "recorded"}
    folder.data["organizer"] = {"name": "Made-up Organizer", "address": ["1 Sample Street"], "signed_by": "Made-up"}
    with services.database.write() as connection:
        import_appeal(connection, folder)
    open_campaign(OpenCampaign("real", "test", services.clock.now()), services.log, services.keys)
    with services.database.read() as connection:
        shown = queries.text_in(connection, queries.campaign_by_ref(connection, "real"), "tr")
        rows = connection.execute(sa.select(campaign_text).where(campaign_text.c.language == "tr")).mappings().all()
        unreviewed = [row for row in rows if row["kind"] == "text" and not row["reviewed"]]
        assert [get(connection, row["hash"]).public for row in unreviewed] == [False]
    assert (shown.language, shown.is_original) == ("en", True)
    assert installation.client().get(f"/en/c/real/text/{unreviewed[0]['hash']}").status_code == 404


def test_a_translated_letter_names_the_hash_of_its_original(installation: Installation) -> None:
    with installation.services.database.read() as connection:
        chosen = sa.select(campaign_text).where(campaign_text.c.kind == "letter:court_open_letter")
        rows = {row["language"]: row for row in connection.execute(chosen).mappings()}
        document = read_document(get(connection, rows["tr"]["hash"]).bytes())
    assert rows["en"]["translates"] == ""
    assert rows["tr"]["translates"] == document.fields["translates"] == rows["en"]["hash"]


def test_what_is_no_text_of_the_appeal_is_not_found_at_its_texts(installation: Installation) -> None:
    found = view(installation)
    for hashed in (found.settings["appeal"], found.wording, "0" * 64):
        assert installation.client().get(f"/en/c/{REF}/text/{hashed}").status_code == 404
    assert installation.client().get(f"/en/c/{REF}/text/{found.text}").status_code == 200


def test_an_opened_appeal_is_not_imported_again(installation: Installation) -> None:
    with installation.services.database.write() as connection, pytest.raises(Refused, match="opened before"):
        import_appeal(connection, read_appeal_folder(EXAMPLE))


def test_what_was_confirmed_is_recorded_before_the_closing(installation: Installation) -> None:
    installation.signs("anna@example.org")
    installation.confirms("anna@example.org")
    services = installation.services
    close_campaign(CloseCampaign(REF, "organizer", "test", services.clock.now()), services.log)
    topics = [entry.topic for entry in services.log.entries(0, 100)]
    assert topics[-2:] == ["signature.recorded", "campaign.closed"]
    installation.records()
    count: dict[str, Any] = dict(installation.count())
    assert (count["active"], count["state"]) == (1, "closed")
    with pytest.raises(Refused):
        close_campaign(CloseCampaign(REF, "organizer", "test", services.clock.now()), services.log)


def test_it_closes_by_itself_the_day_after_its_last(installation: Installation) -> None:
    services = installation.services
    extend_campaign(ExtendCampaign(REF, "2026-08-01", "test", services.clock.now()), services.log)
    installation.clock.moment = installation.clock.moment.replace(month=8, day=1)
    assert close_due(services.log, services.clock.now()) == 0
    installation.clock.moment += timedelta(days=1)
    assert close_due(services.log, services.clock.now()) == 1
    assert close_due(services.log, services.clock.now()) == 0
    assert view(installation).state == "closed"


def test_what_was_extended_in_the_meantime_is_not_closed_by_date(installation: Installation) -> None:
    services = installation.services
    last = view(installation).closes
    late = installation.clock.moment.fromisoformat(f"{last}T12:00:00+00:00") + timedelta(days=1)
    extend_campaign(ExtendCampaign(REF, "2027-01-01", "test", late), services.log)
    with pytest.raises(Refused, match="last day is not over"):
        close_campaign(CloseCampaign(REF, "date", "worker", late), services.log)
    assert close_due(services.log, late) == 0
    assert view(installation).state == "open"


def test_who_comes_second_decides_again(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    log, now, tries = installation.services.log, installation.services.clock.now(), []
    append = log.append

    def first_somebody_else(*arguments: Any) -> None:
        tries.append(arguments)
        if len(tries) <= refused:
            raise IntegrityError("another event has this version")
        append(*arguments)

    monkeypatch.setattr(log, "append", first_somebody_else)
    refused = 3
    with pytest.raises(Busy):
        close_campaign(CloseCampaign(REF, "organizer", "test", now), log)
    assert (len(tries), view(installation).state) == (3, "open")
    tries, refused = [], 2
    close_campaign(CloseCampaign(REF, "organizer", "test", now), log)
    assert (len(tries), view(installation).state) == (3, "closed")


def test_two_who_open_at_once_open_one(installation: Installation) -> None:
    services = installation.services
    folder = read_appeal_folder(EXAMPLE)
    folder.data["ref"] = "twice"
    with services.database.write() as connection:
        import_appeal(connection, folder)
    command = OpenCampaign("twice", "test", services.clock.now(), demonstration=True)

    def attempt(_: int) -> str:
        try:
            return open_campaign(command, services.log, services.keys)
        except NotFound:
            return "none"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(attempt, range(4)))
    assert found.count("none") == 3


def test_a_withdrawn_appeal_says_so_and_an_unknown_one_is_not_found(installation: Installation) -> None:
    services = installation.services
    withdraw_campaign(WithdrawCampaign(REF, "persons-request", "test", services.clock.now()), services.log)
    assert view(installation).state == "withdrawn"
    page = installation.client().get(f"/en/c/{REF}")
    assert page.status_code == 410
    assert "was withdrawn on" in page.get_data(as_text=True)
    assert "the people concerned asked for it" in page.get_data(as_text=True)
    assert installation.client().get(f"/en/c/{REF}/sign").status_code == 410
    with pytest.raises(NotFound, match="campaign list"):
        withdraw_campaign(WithdrawCampaign("nothing", "order", "test", services.clock.now()), services.log)


def test_confirming_while_it_closes_is_recorded_or_refused_never_lost(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    from service.vault.keys import Keys

    signing = make_signing(database, clock, Keys.create(tmp_path / "keys", "petition.example/log"), ORDINARY)
    links = [signing.signs() for _ in range(24)]

    def confirm(link: str) -> bool:
        try:
            return signing.confirms(link)[0] == "recorded"
        except CampaignNotOpen:
            return False

    def close(_: Any) -> None:
        close_campaign(CloseCampaign("test", "organizer", "test", clock.now()), signing.log)

    with ThreadPoolExecutor(8) as pool:
        first = [pool.submit(confirm, link) for link in links[:12]]
        closing = pool.submit(close, None)
        rest = [pool.submit(confirm, link) for link in links[12:]]
        confirmed = sum(one.result() for one in (*first, *rest))
        closing.result()
    assert signing.topics() == ["signature.recorded"] * confirmed
    topics = [entry.topic for entry in signing.log.entries(0, 1000)]
    assert topics[-1] == "campaign.closed"
    assert signing.records() == 0
    assert signing.counts()["active"] == confirmed


def test_the_commands_say_what_they_did(installation: Installation) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(commands, arguments, obj=installation.services)
        assert result.exit_code == 0, result.output
        return result.output

    assert f"{REF}" in run("list")
    assert "rules.retention" in run("show", REF)
    for command in commands.commands.values():
        assert "Example: petition campaign" in (command.help or "")
