"""The public pages of appeals: the list, one appeal, versions of its text, and the count for other programs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.campaigns.appeal_folder import read_appeal_folder
from service.campaigns.commands import CloseCampaign, OpenCampaign, WithdrawCampaign
from service.campaigns.drafts import import_appeal
from service.campaigns.handlers import close_campaign, withdraw_campaign
from service.campaigns.opening import open_campaign
from service.campaigns.queries import campaign_by_ref, text_in
from tests.campaigns.test_read_texts import replace_text, take_down
from tests.campaigns.test_read_texts import text as text_of
from tests.installation import EXAMPLE, REF, Installation

TITLES = {"en": "Keep Mahemuti Anayeti", "tr": "Mahemuti Anayeti ve", "ug": "Mahemuti Anayeti بىلەن"}


def page(installation: Installation, path: str) -> str:
    answer = installation.client().get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def is_gone(installation: Installation, path: str) -> None:
    answer = installation.client().get(path)
    assert answer.status_code == 410
    assert answer.headers["Cache-Control"] == "no-store"
    for said in ("This document was taken down", "The public reason: a court ordered its removal"):
        assert said in answer.get_data(as_text=True)


def open_another(installation: Installation, ref: str, days: int) -> None:
    services = installation.services
    folder = read_appeal_folder(EXAMPLE)
    folder.data |= {"ref": ref, "closes_after_days": days}
    with services.database.write() as connection:
        import_appeal(connection, folder)
    open_campaign(OpenCampaign(ref, "test", services.clock.now(), demonstration=True), services.log, services.keys)
    services.runner.catch_up()


def statements(installation: Installation, path: str) -> int:
    """Return how many questions a page asks of the database."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    engine = installation.services.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    page(installation, path)
    sa.event.remove(engine, "before_cursor_execute", note)
    return sum("SELECT" in statement for statement in asked)


@pytest.mark.parametrize("language", ["en", "tr", "ug"])
def test_the_list_shows_open_appeals_in_the_readers_language(installation: Installation, language: str) -> None:
    shown = page(installation, f"/{language}/")
    assert TITLES[language] in shown
    assert f'href="/{language}/c/{REF}"' in shown
    assert f'<h2 lang="{language}" dir="{"rtl" if language == "ug" else "ltr"}">' in shown


def test_the_list_begins_with_the_nearest_deadline_and_ends_with_closed_ones(installation: Installation) -> None:
    open_another(installation, "soon", 5)
    open_another(installation, "over", 3)
    close_campaign(CloseCampaign("over", "goal", "test", installation.clock.now()), installation.services.log)
    order = re.findall(r'href="/en/c/([a-z-]+)"', page(installation, "/en/"))
    assert order == ["soon", REF, "over"]


def test_an_appeal_whose_last_day_is_over_is_listed_as_closed_before_the_worker_comes(
    installation: Installation,
) -> None:
    installation.clock.moment += timedelta(days=91)
    shown = page(installation, "/en/")
    assert shown.index("Closed appeals") < shown.index(REF)
    assert "does not take signatures now" in page(installation, f"/en/c/{REF}")


def test_the_list_asks_as_many_questions_of_the_database_for_three_appeals_as_for_one(
    installation: Installation,
) -> None:
    one = statements(installation, "/en/")
    open_another(installation, "second", 5)
    open_another(installation, "third", 6)
    assert statements(installation, "/en/") == one


def test_a_text_that_was_taken_down_leaves_the_list_readable_and_its_page_gone(installation: Installation) -> None:
    take_down(installation, text_of(installation, "en").hash)
    for language in ("en", "ug"):
        listed = page(installation, f"/{language}/")
        title = REF if language == "en" else TITLES[language]
        assert re.search(rf'href="/{language}/c/{REF}">{title}', listed)
    is_gone(installation, f"/en/c/{REF}")


def test_the_page_of_an_appeal_shows_persons_sources_demands_and_the_count_at_a_size(
    installation: Installation,
) -> None:
    installation.signs("anna@example.org")
    installation.confirms("anna@example.org")
    installation.records()
    shown = page(installation, f"/en/c/{REF}")
    for said in ("Aierken Abuduwaili", "also written", "as reported by VisaVerge", "What is asked", "90 days left"):
        assert said in shown, said
    size = installation.count()["log_size"]
    assert '<data class="count" value="1">1</data>' in shown
    assert f"counted at entry {size} of the log" in shown
    assert "anna@example.org" not in shown


def test_a_translation_names_the_hash_of_the_original_that_is_signed(installation: Installation) -> None:
    with installation.services.database.read() as connection:
        turkish = text_in(connection, campaign_by_ref(connection, REF), "tr")
    assert f"/tr/c/{REF}/text/{turkish.hash}" in page(installation, f"/tr/c/{REF}")
    assert turkish.hash != turkish.document_hash


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_version_says_whether_it_is_current(installation: Installation, language: str) -> None:
    shown = text_of(installation, language)
    path = f"/{language}/c/{REF}/text/{shown.document_hash}"
    assert 'class="note good"' in page(installation, path)
    assert shown.html in page(installation, path)


def test_the_list_shows_no_translation_of_an_earlier_text(installation: Installation) -> None:
    replace_text(installation)
    shown = page(installation, "/tr/")
    assert TITLES["tr"] not in shown
    assert TITLES["en"] in shown


def test_an_earlier_version_stays_and_says_that_it_is_one(installation: Installation) -> None:
    old = text_of(installation, "en").hash
    replace_text(installation)
    assert 'class="note bad"' in page(installation, f"/en/c/{REF}/text/{old}")


def test_what_is_no_text_of_the_appeal_is_not_found(installation: Installation) -> None:
    open_another(installation, "second", 5)
    with installation.services.database.read() as connection:
        of_another = campaign_by_ref(connection, "second").text
    for hashed in (of_another, "0" * 64, "short", "%00", "..%2f..%2fkeys", "a" * 5_000):
        assert installation.client().get(f"/en/c/{REF}/text/{hashed}").status_code == 404, hashed[:70]


def test_a_version_that_was_taken_down_is_gone_with_the_reason(installation: Installation) -> None:
    hashed = text_of(installation, "tr").document_hash
    take_down(installation, hashed)
    is_gone(installation, f"/en/c/{REF}/text/{hashed}")


def test_count_json_is_the_count_at_a_size_kept_for_five_seconds(installation: Installation) -> None:
    answer = installation.client().get(f"/c/{REF}/count.json")
    found = answer.get_json()
    assert set(found) == {"active", "outdated", "withdrawn", "invalidated", "log_size", "state"}
    assert (found["active"], found["state"]) == (0, "open")
    assert found["log_size"] > 0
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_count_json_says_that_an_appeal_was_taken_back(installation: Installation) -> None:
    withdraw_campaign(WithdrawCampaign(REF, "order", "test", installation.clock.now()), installation.services.log)
    found = installation.client().get(f"/c/{REF}/count.json")
    assert (found.status_code, found.get_json()["state"]) == (200, "withdrawn")


def test_an_appeal_that_is_not_there_is_404_whatever_it_is_called(installation: Installation) -> None:
    for ref in ("nothing", "%00", "istanbul%20two", "x" * 5_000):
        for path in ("/en/c/{}", "/c/{}/count.json", "/en/c/{}/text/" + "0" * 64):
            assert installation.client().get(path.format(ref)).status_code == 404, (path, ref[:20])


@pytest.mark.parametrize("path", ["/en/", f"/en/c/{REF}", f"/c/{REF}/count.json"])
def test_a_page_that_did_not_change_is_304_and_sets_no_cookie(installation: Installation, path: str) -> None:
    first = installation.client().get(path)
    assert "Set-Cookie" not in first.headers
    assert "public" in first.headers["Cache-Control"]
    tag = {"If-None-Match": first.headers["ETag"]}
    assert installation.client().get(path, headers=tag).status_code == 304
    close_campaign(CloseCampaign(REF, "goal", "test", installation.clock.now()), installation.services.log)
    again = installation.client().get(path, headers=tag)
    assert (again.status_code, again.headers["ETag"] == first.headers["ETag"]) == (200, False)


def test_the_front_door_leads_to_the_list_in_the_readers_language(installation: Installation) -> None:
    answer = installation.client().get("/", headers={"Accept-Language": "ug, en;q=0.5"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ug/")
    assert "Accept-Language" in answer.headers["Vary"]
