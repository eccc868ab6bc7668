"""What is kept in memory is never wrong: each change of an appeal shows at once, and no page sets a cookie."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from service.archive import documents
from service.campaigns.commands import CloseCampaign
from service.campaigns.events import TextReplaced
from service.campaigns.handlers import close_campaign
from service.campaigns.queries import campaign_by_ref
from service.campaigns.text_document import TextDocument, read_document, write_document
from service.letters.commands import ComposeLetter
from service.letters.handlers import compose_letter
from service.store.database import Database
from service.store.tables import campaign, campaign_text
from service.web.kept import KeptPages
from tests.installation import REF, Installation
from tests.operations.conftest import Installs

APPEAL = f"/en/c/{REF}"


def kept(installation: Installation) -> KeptPages:
    found: KeptPages = installation.app.extensions["kept_pages"]
    return found


def test_many_readers_make_a_page_once(installation: Installation) -> None:
    pages = (APPEAL, "/tr/", f"/c/{REF}/count.json", f"{APPEAL}/letters", "/log/?lang=en", f"{APPEAL}/sent")
    answers = [installation.client().get(path) for path in pages for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert not [answer for answer in answers if "Set-Cookie" in answer.headers]
    assert kept(installation).rendered == len(pages)
    assert kept(installation).from_memory == 4 * len(pages)


def test_a_page_from_memory_asks_the_database_one_question(installation: Installation) -> None:
    installation.client().get(APPEAL)
    asked: list[str] = []
    import sqlalchemy as sa

    @sa.event.listens_for(installation.services.database.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    installation.client().get(APPEAL)
    assert [one for one in asked if one.startswith("SELECT")] == [one for one in asked if "read_progress" in one]
    assert len([one for one in asked if one.startswith("SELECT")]) == 1


def test_a_signature_shows_in_the_count_once_it_counts(installation: Installation) -> None:
    assert installation.count()["active"] == 0
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    assert installation.count()["active"] == 1
    assert 'value="1"' in installation.client().get(APPEAL).text


def test_an_appeal_that_closed_takes_no_signatures_on_any_page(installation: Installation) -> None:
    services, clock = installation.services, installation.clock
    sign = f'href="{APPEAL}/sign"'
    assert sign in installation.client().get(APPEAL).text
    assert installation.client().get(f"{APPEAL}/sign").status_code == 200
    close_campaign(CloseCampaign(REF, "organizer", "test", clock.now()), services.log)
    assert sign not in installation.client().get(APPEAL).text
    assert installation.client().get(f"{APPEAL}/sign").status_code == 410


def test_a_new_text_shows_at_once_in_all_languages(installation: Installation) -> None:
    services, languages = installation.services, ("en", "tr", "ug", "ar")
    for lang in languages:
        assert "Other words." not in installation.client().get(f"/{lang}/c/{REF}").text
    with services.log.transaction() as connection:
        found = campaign_by_ref(connection, REF)
        kept_text = read_document(documents.get(connection, found.text).bytes())
        words = write_document(TextDocument(kept_text.fields, "Other words.\n"))
        new = documents.put(connection, words, "text/markdown", public=True)
        connection.execute(sa.update(campaign).values(text=new))
        connection.execute(sa.update(campaign_text).where(campaign_text.c.hash == found.text).values(hash=new))
        replaced = TextReplaced(day="2026-03-02", campaign=found.id, text=new, replaces=found.text)
        services.log.append(replaced, services.log.stream(found.id)[-1].originator_version + 1)
    for lang in languages:
        assert "Other words." in installation.client().get(f"/{lang}/c/{REF}").text


def test_a_letter_shows_once_it_is_composed(installation: Installation) -> None:
    services = installation.services
    assert "/letters/l_" not in installation.client().get(f"{APPEAL}/letters").text
    command = ComposeLetter(REF, "L1", "test", services.clock.now())
    compose_letter(command, services.log, "http://localhost", services.tallies.before_letter)
    services.runner.catch_up()
    assert "/letters/l_" in installation.client().get(f"{APPEAL}/letters").text


def test_a_day_that_ends_changes_the_days_left_and_then_the_form(installation: Installation) -> None:
    first = installation.client().get(APPEAL).text
    installation.clock.moment += timedelta(days=1)
    assert installation.client().get(APPEAL).text != first
    installation.clock.moment += timedelta(days=5_000)
    assert f'href="{APPEAL}/sign"' not in installation.client().get(APPEAL).text


def test_an_age_of_a_second_asks_once_for_many_pages(sqlite_database: Database, installs: Installs) -> None:
    installation = installs(sqlite_database, PAGE_AGE_SECONDS="5")
    for path in (APPEAL, "/en/", APPEAL, "/en/"):
        assert installation.client().get(path).status_code == 200
    assert kept(installation).standing.now() is kept(installation).standing.now()
