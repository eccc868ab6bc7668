"""The page of an appeal's news and its feed: everything told, in one order, with ids that never change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from service.campaigns.commands import CloseCampaign, ReopenCampaign, TakeDocumentDown, WithdrawCampaign
from service.campaigns.handlers import close_campaign, reopen_campaign, withdraw_campaign
from service.campaigns.takedown import take_document_down
from service.clock import FixedClock
from service.store.database import Database
from tests.installation import REF
from tests.news.conftest import SUBJECT, Newsroom, make_newsroom

PAGE, FEED = f"/en/c/{REF}/updates", f"/en/c/{REF}/feed.atom"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def room(sqlite_database: Database, tmp_path: Path, clock: FixedClock) -> Iterator[Newsroom]:
    """Return an ordinary appeal; what pages ask of a database is asked on both kinds elsewhere."""
    found = make_newsroom(sqlite_database, tmp_path, clock)
    yield found
    found.at.services.database.dispose()


def entries(room: Newsroom, path: str = FEED) -> list[dict[str, str]]:
    """Return the feed's entries, each as the text of its parts."""
    answer = room.at.client().get(path)
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.data)
    assert all(feed.find(ATOM + name) is not None for name in ("id", "title", "updated", "author"))
    return [{part.tag.removeprefix(ATOM): part.text or "" for part in one} for one in feed.findall(ATOM + "entry")]


def test_before_anything_is_told_both_are_there(room: Newsroom) -> None:
    assert "Nothing has been told yet." in room.at.client().get(PAGE).text
    assert entries(room) == []


def test_an_update_stands_on_the_page_and_in_the_feed(room: Newsroom) -> None:
    document = room.tells()
    page = room.at.client().get(PAGE)
    assert SUBJECT in page.text
    assert "<strong>both</strong>" in page.text
    assert f'type="application/atom+xml" href="{FEED}"' in page.text
    (one,) = entries(room)
    assert (one["title"], "<strong>both</strong>" in one["content"]) == (SUBJECT, True)
    assert one["updated"] == "2026-03-02T00:00:00Z"
    assert room.at.client().get(f"/log/documents/{document}").status_code == 200


def test_the_ids_of_entries_never_change(room: Newsroom) -> None:
    room.tells()
    (first,) = entries(room)
    assert first["id"].startswith("tag:petition.example,2026-03-02:c_")
    room.tells(title="Another")
    assert [one["id"] for one in entries(room)][1] == first["id"]
    assert len({one["id"] for one in entries(room)}) == 2
    assert entries(room, f"/ug/c/{REF}/feed.atom")[1]["id"] == first["id"]


def test_the_outcome_is_said_in_words_on_the_appeal_too(room: Newsroom) -> None:
    room.decides("partly")
    for path in (PAGE, f"/en/c/{REF}"):
        assert "What it asks for was granted in part." in room.at.client().get(path).text
    room.decides("granted", title="In full")
    page = room.at.client().get(f"/en/c/{REF}").text
    assert "What it asks for was granted." in page
    assert "in part" not in page


def test_an_appeal_that_was_reopened_says_so(room: Newsroom) -> None:
    now = room.at.clock.now()
    close_campaign(CloseCampaign(REF, "organizer", "test", now), room.at.services.log)
    reopen_campaign(ReopenCampaign(REF, "2026-12-31", "test", now), room.at.services.log)
    room.at.records()
    assert "takes signatures again since March 2, 2026" in room.at.client().get(f"/en/c/{REF}").text
    assert "The appeal takes signatures again." in room.at.client().get(PAGE).text
    assert room.at.client().get(f"/en/c/{REF}/sign").status_code == 200


def test_a_text_that_was_taken_down_leaves_its_reason(room: Newsroom) -> None:
    document = room.tells()
    services = room.at.services
    with services.log.transaction() as connection:
        take_document_down(TakeDocumentDown(document, "rights", 2, room.at.clock.now()), services.log, connection)
    room.at.records()
    for path in (PAGE, FEED):
        shown = room.at.client().get(path).text
        assert "it touched the rights of others" in shown
        assert SUBJECT not in shown


def test_a_silenced_appeal_tells_nothing_any_more(room: Newsroom) -> None:
    room.tells(title="About Mahemuti")
    command = WithdrawCampaign(REF, "persons-request", "test", room.at.clock.now())
    withdraw_campaign(command, room.at.services.log)
    for path in (PAGE, FEED):
        answer = room.at.client().get(path)
        assert answer.status_code == 410
        assert "Mahemuti" not in answer.text


def test_hostile_words_stay_words(room: Newsroom) -> None:
    room.tells(title="<script>alert(1)</script> & ]]>")
    assert entries(room)[0]["title"] == "<script>alert(1)</script> & ]]>"
    assert "<script>" not in room.at.client().get(PAGE).text
