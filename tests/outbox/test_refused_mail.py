"""What happens to mail that a mail server does not take, or may have taken: it is never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.clock import FixedClock
from service.outbox.delivery import Transport
from service.outbox.queue import retry
from service.store.database import Database
from tests.outbox.conftest import Mailbox, MailServer, Post, a_message
from tests.outbox.recorder import Recorder, lines


def test_mail_refused_for_now_waits_longer_each_time(
    database: Database, clock: FixedClock, post: Post, smtp: Transport, mailbox: Mailbox
) -> None:
    mailbox.says["a@example.org"] = "450 busy with a@example.org"
    post.waits(a_message("a@example.org"), a_message("b@example.org"))
    assert post.sends(smtp) == 1
    waits_s = []
    for attempts in (1, 2, 3):
        (line,) = lines(database)
        assert (line.state, line.attempts, line.error_class) == ("queued", attempts, "temporary")
        waits_s.append(line.due - int(clock.now().timestamp()))
        clock.moment += timedelta(seconds=waits_s[-1])
        assert post.sends(smtp) == 0
    assert [60 <= waits_s[0] <= 90, 300 <= waits_s[1] <= 450, 900 <= waits_s[2] <= 1350] == [True] * 3
    del mailbox.says["a@example.org"]
    clock.moment += timedelta(hours=6)
    assert post.sends(smtp) == 1
    assert mailbox.recipients == ["b@example.org", "a@example.org"]


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_mail_refused_for_ever_is_kept_for_the_operator(
    database: Database, post: Post, smtp: Transport, mailbox: Mailbox, step: str
) -> None:
    mailbox.says[step] = "550 no such person as a@example.org"
    post.waits(a_message())
    post.sends(smtp)
    post.clock.moment += timedelta(hours=20)
    post.sends(smtp)
    (line,) = lines(database)
    assert (line.state, line.attempts, line.error_class) == ("dead", 1, "permanent")
    mailbox.says.clear()
    with database.write() as connection:
        retry(connection, line.id)
    assert post.sends(smtp) == 1


def test_a_server_that_refuses_us_kills_no_mail(
    database: Database, post: Post, smtp: Transport, mailbox: Mailbox
) -> None:
    mailbox.says["mail"] = "550 sender not allowed"
    post.waits(*(a_message(f"{n}@example.org") for n in range(3)))
    assert post.sends(smtp) == 0
    assert {line.state for line in lines(database)} == {"queued"}
    assert sorted(line.attempts for line in lines(database)) == [0, 0, 1]  # one try is enough to know


def test_a_server_that_closes_for_now_kills_no_mail(
    database: Database, post: Post, smtp: Transport, mailbox: Mailbox
) -> None:
    mailbox.says["data"] = "421 closing"
    post.waits(a_message())
    assert post.sends(smtp) == 0
    assert [(line.state, line.error_class) for line in lines(database)] == [("queued", "unreachable")]


def test_mail_waits_while_the_server_is_down(
    database: Database, clock: FixedClock, post: Post, server: MailServer, smtp: Transport
) -> None:
    server.stop()
    post.waits(*(a_message(f"{n}@example.org") for n in range(3)))
    assert post.sends(smtp) == 0
    assert sorted((line.attempts, line.error_class) for line in lines(database)) == [
        (0, ""),
        (0, ""),
        (1, "unreachable"),
    ]
    assert post.sends(smtp) == 0  # none is due for a minute: a dead server is not beaten
    assert sum(line.attempts for line in lines(database)) == 1
    clock.moment += timedelta(minutes=2)
    up = Recorder()
    assert post.sends(up) == 3


def test_a_server_that_hangs_up_with_the_message_may_get_it_twice(
    database: Database, clock: FixedClock, post: Post, smtp: Transport, mailbox: Mailbox
) -> None:
    mailbox.hangs_up = "data"
    post.waits(a_message(message_id="<same@petition.example>"))
    assert post.sends(smtp) == 0
    assert [line.error_class for line in lines(database)] == ["uncertain"]
    mailbox.hangs_up = ""
    clock.moment += timedelta(minutes=2)
    assert post.sends(smtp) == 1
    assert {str(mail["Message-ID"]) for _, mail in mailbox.taken} == {"<same@petition.example>"}
    assert len(mailbox.taken) == 2
