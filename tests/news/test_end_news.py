"""Ending the mails: a button, or the mail program's own; a scanner's look changes nothing, and no answer tells."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from service.clock import FixedClock
from service.store.database import Database
from service.store.tables import erasure, outbox
from tests.news.conftest import Newsroom, make_newsroom

ONE_CLICK = {"List-Unsubscribe": "One-Click"}  # RFC 8058 section 3.2
UNKNOWN = "/unsubscribe/nobody-has-this?lang=en"


def subscribed(room: Newsroom, email: str = "ada@example.org") -> str:
    """Let somebody get news, and return the link in them."""
    room.joins(email)
    room.mixes()
    room.tells()
    room.works()
    return room.leaving(email)


def test_a_scanner_that_opens_the_link_changes_nothing(room: Newsroom) -> None:
    link = subscribed(room)
    for method in ("get", "head", "options"):
        getattr(room.at.client(), method)(link)
    assert len(room.rows()) == 1
    assert '<button class="button" type="submit">' in room.at.client().get(link).text


def test_one_click_ends_it_and_a_second_one_says_the_same(room: Newsroom) -> None:
    link = subscribed(room)
    first, second = (room.at.client().post(link, data=ONE_CLICK) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.data == second.data
    assert room.rows() == []
    room.tells(title="Later")
    assert room.works() == 0


@pytest.mark.parametrize("sent", [{"data": {}}, {"data": ONE_CLICK, "content_type": "multipart/form-data"}])
def test_the_button_does_the_same_and_so_does_a_mail_program_of_the_other_encoding(
    room: Newsroom, sent: dict[str, Any]
) -> None:
    link = subscribed(room)
    assert room.at.client().post(link, **sent).status_code == 200
    assert room.rows() == []


def test_a_mail_provider_that_ends_many_at_once_is_not_held_up(
    sqlite_database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    room = make_newsroom(sqlite_database, tmp_path, clock, SIGN_LIMIT="2/hour")
    assert {room.at.client().post(UNKNOWN, data=ONE_CLICK).status_code for _ in range(4)} == {200}
    room.at.services.database.dispose()


def test_mail_that_waits_goes_with_it(room: Newsroom) -> None:
    link = subscribed(room)
    room.tells(title="Waits")
    room.works()
    room.at.client().post(link)
    assert room.at.rows(outbox) == 0


def test_a_link_that_was_never_made_looks_like_any_other(room: Newsroom) -> None:
    link = subscribed(room)

    def shown(path: str, method: str) -> tuple[int, str, list[tuple[str, str]]]:
        answer = getattr(room.at.client(), method)(path)
        words = re.sub(r"/unsubscribe/[^?\"]+", "", answer.text)
        return answer.status_code, words, [(n, v) for n, v in answer.headers if n != "Content-Length"]

    for method in ("get", "post"):
        assert shown(link, method) == shown(UNKNOWN, method)


def test_the_page_is_kept_by_nobody_and_tells_no_referrer(room: Newsroom) -> None:
    headers = room.at.client().get(UNKNOWN).headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_the_signature_stays(room: Newsroom) -> None:
    link = subscribed(room)
    room.at.client().post(link)
    room.at.records()
    assert room.at.count()["active"] == 1


def test_withdrawing_leaves_the_news_and_erasing_ends_them(room: Newsroom) -> None:
    page = room.joins("ada@example.org")
    room.joins("ben@example.org")
    room.at.client().post(page, data={"action": "withdraw"})
    assert len(room.rows()) == 2
    before = room.at.rows(erasure)
    room.at.client().post(page, data={"action": "erase"})
    (left,) = room.rows()
    assert room.at.rows(erasure) > before
    room.mixes()
    room.tells()
    room.works()
    assert left["finder"] == room.rows()[0]["finder"]
    assert room.news("ada@example.org") == []
    assert len(room.news("ben@example.org")) == 1


def test_their_own_page_says_nothing_about_news(room: Newsroom) -> None:
    with_news, without = room.joins("ada@example.org"), room.joins("ben@example.org", news=False)
    erased = [room.at.client().post(page, data={"action": "both"}).text for page in (with_news, without)]
    assert erased[0].replace(with_news, "") == erased[1].replace(without, "")
