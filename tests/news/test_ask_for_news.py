"""News are a consent of its own: unticked, not asked for at risk, valid once confirmed, and joined to no signature."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.campaigns.commands import CloseCampaign
from service.campaigns.handlers import close_campaign, seal_due
from service.clock import FixedClock
from service.news import mixing
from service.signatures.sealing import forget_signers
from service.store.database import Database
from service.store.mail_tables import subscriber
from service.store.tables import record, signature
from tests.news.conftest import Newsroom, make_newsroom

BOX = re.compile(r'<input type="checkbox" id="news"[^>]*>')


def test_the_box_is_there_and_not_ticked(room: Newsroom) -> None:
    box = BOX.search(room.at.client().get("/en/c/istanbul-two/sign").text)
    assert box
    assert "checked" not in box[0]
    assert "required" not in box[0]


def test_a_form_shown_again_keeps_the_choice(room: Newsroom) -> None:
    answer = room.at.signs("not an address", news="yes")
    assert answer.status_code == 422
    box = BOX.search(answer.text)
    assert box
    assert "checked" in box[0]


def test_an_appeal_at_risk_does_not_ask_and_drops_what_is_sent(
    sqlite_database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    room = make_newsroom(sqlite_database, tmp_path, clock, at_risk=True)
    assert not BOX.search(room.at.client().get("/en/c/istanbul-two/sign").text)
    room.joins("ada@example.org")
    assert room.rows() == []
    room.at.services.database.dispose()


def test_only_who_asked_and_confirmed_is_on_the_list(room: Newsroom) -> None:
    room.joins("ada@example.org")
    room.joins("ben@example.org", news=False)
    room.at.signs("cy@example.org", news="yes")
    assert len(room.rows()) == 1


def test_who_asks_twice_is_on_the_list_once(room: Newsroom) -> None:
    for address in ("ada@example.org", "Ada@Example.org"):
        room.joins(address)
    assert len(room.rows()) == 1


def test_who_had_signed_can_ask_later(room: Newsroom) -> None:
    room.joins("ada@example.org", news=False)
    room.joins("ada@example.org")
    assert len(room.rows()) == 1


def test_no_column_of_the_list_is_found_at_a_signature(room: Newsroom) -> None:
    room.joins("ada@example.org")
    told = {str(value) for row in room.rows() for name, value in row.items() if name not in ("campaign", "kek")}
    with room.at.services.database.read() as connection:
        for table in (signature, record):
            for row in connection.execute(sa.select(table)):
                assert not told & {str(value) for value in row if value != ""}


def test_after_a_day_nobody_can_tell_from_the_order_who_came_when(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixing.RANDOM, "shuffle", lambda rows: rows.sort(key=lambda row: row["finder"]))
    for number in range(6):
        room.joins(f"person{number}@example.org")
    assert mixing.mix_due(room.at.services.database, room.at.clock.now()) == 0
    assert room.mixes() == 6
    order = "rowid" if room.at.services.database.dialect == "sqlite" else "ctid"
    with room.at.services.database.read() as connection:
        written = connection.scalars(sa.select(subscriber.c.finder).order_by(sa.text(order))).all()
    assert list(written) == sorted(written)
    assert {row["waits"] for row in room.rows()} == {""}


def test_eight_together_do_not_wait_for_the_day(room: Newsroom) -> None:
    for number in range(8):
        room.joins(f"person{number}@example.org")
    assert mixing.mix_due(room.at.services.database, room.at.clock.now()) == 8


def test_sealing_destroys_the_list(room: Newsroom) -> None:
    room.joins("ada@example.org")
    services = room.at.services
    close_campaign(CloseCampaign("istanbul-two", "organizer", "test", room.at.clock.now()), services.log)
    room.at.clock.moment += timedelta(days=30)
    assert seal_due(services.log, room.at.clock.now(), forget_signers) == 1
    assert room.rows() == []
