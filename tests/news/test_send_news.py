"""What is told goes to each who asked, once, with a link that ends it; at risk and silenced, to nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.campaigns.commands import PauseCampaign, ResumeCampaign, WithdrawCampaign
from service.campaigns.handlers import withdraw_campaign
from service.campaigns.pausing import pause_campaign, resume_campaign
from service.outbox.delivery import Transport, Uncertain, Unreachable
from service.outbox.queue import Message, send_due
from service.store.tables import outbox
from service.vault.erasure import erase_row
from tests.news.conftest import SUBJECT, Newsroom
from tests.outbox.recorder import Recorder


def send(room: Newsroom, transport: Transport) -> int:
    services = room.at.services
    return send_due(services.database, services.keys, transport, room.at.clock)


def test_each_who_asked_gets_an_update_once(room: Newsroom) -> None:
    room.joins("ada@example.org")
    room.joins("ben@example.org", lang="tr")
    room.joins("cy@example.org", news=False)
    room.mixes()
    room.tells()
    assert room.works() == 2
    assert room.works() == 0
    (mail,) = room.news("ada@example.org")
    assert mail["Subject"] == SUBJECT
    assert "The court heard **both** sides." in mail.get_content()
    assert "http://localhost/en/c/istanbul-two/updates" in mail.get_content()
    (other,) = room.news("ben@example.org")
    assert "lang=tr" in other["List-Unsubscribe"]
    assert "makine çevirisidir" in other.get_content()
    assert room.news("cy@example.org") == []


def test_the_head_says_how_to_end_it(room: Newsroom) -> None:
    room.joins("ada@example.org")
    room.mixes()
    room.tells()
    room.works()
    (mail,) = room.news("ada@example.org")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert room.leaving("ada@example.org") in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"


def test_what_was_told_before_somebody_asked_is_not_mailed(room: Newsroom) -> None:
    room.tells()
    room.joins("ada@example.org")
    room.mixes()
    assert room.works() == 0
    room.decides("refused", title="Refused")
    assert room.works() == 1
    assert [mail["Subject"] for mail in room.news("ada@example.org")] == ["Refused"]


def test_two_updates_are_two_mails_in_order(room: Newsroom) -> None:
    room.joins("ada@example.org")
    room.mixes()
    for title in ("First", "Second"):
        room.tells(title=title)
    assert room.works() == 2
    assert sorted(mail["Subject"] for mail in room.news("ada@example.org")) == ["First", "Second"]


def test_while_mail_of_the_appeal_is_paused_news_wait(room: Newsroom) -> None:
    services, now = room.at.services, room.at.clock.now()
    room.joins("ada@example.org")
    room.mixes()
    room.tells()
    room.works()
    pause_campaign(PauseCampaign("istanbul-two", "mail", "test", now), services.database)
    assert room.news("ada@example.org") == []
    resume_campaign(ResumeCampaign("istanbul-two", "mail", "test", now), services.database)
    assert len(room.news("ada@example.org")) == 1


def test_news_beyond_the_days_limit_wait_and_go_later(room: Newsroom) -> None:
    room.joins("ada@example.org")
    room.mixes()
    for number in range(4):
        room.tells(title=f"News {number}")
    room.works()
    assert len(room.news("ada@example.org")) == 3
    room.at.clock.moment += timedelta(hours=25)
    assert len(room.news("ada@example.org")) == 4


def test_nobody_is_told_once_the_persons_had_it_withdrawn(room: Newsroom) -> None:
    room.joins("ada@example.org")
    room.mixes()
    room.tells()
    command = WithdrawCampaign("istanbul-two", "persons-request", "test", room.at.clock.now())
    withdraw_campaign(command, room.at.services.log)
    assert room.works() == 0


def test_a_worker_that_dies_while_it_sends_sends_nothing_twice(room: Newsroom) -> None:
    def dies(message: Message) -> None:
        raise KeyboardInterrupt

    room.joins("ada@example.org")
    room.mixes()
    room.tells()
    room.works()
    with pytest.raises(KeyboardInterrupt):
        send(room, Recorder(dies))
    again = Recorder()
    for _ in range(9):
        room.at.clock.moment += timedelta(hours=12)
        send(room, again)
    assert again.took == []
    assert room.at.rows(outbox) == 0


def test_mail_that_may_have_arrived_is_not_sent_again(room: Newsroom) -> None:
    def hangs_up(message: Message) -> None:
        raise Uncertain

    room.joins("ada@example.org")
    room.mixes()
    room.tells()
    room.works()
    send(room, Recorder(hangs_up))
    assert room.at.rows(outbox) == 0


def test_a_mail_server_that_is_away_only_delays_it(room: Newsroom) -> None:
    def is_away(message: Message) -> None:
        raise Unreachable

    room.joins("ada@example.org")
    room.mixes()
    room.tells()
    room.works()
    assert send(room, Recorder(is_away)) == 0
    room.at.clock.moment += timedelta(hours=2)
    assert send(room, Recorder()) == 1


def test_what_a_restore_brings_back_is_erased_again(room: Newsroom) -> None:
    room.joins("ada@example.org")
    room.mixes()
    room.tells()
    room.works()
    (row,) = room.rows()
    with room.at.services.database.write() as connection:
        erase_row(connection, row["id"], "2026-03-09")
        assert connection.execute(sa.select(outbox)).all() == []
    assert room.rows() == []
