"""An address gets three mails in 24 hours, counted in memory."""

from __future__ import annotations

from datetime import timedelta

from service.clock import FixedClock
from service.outbox.delivery import Uncertain, Unreachable
from service.outbox.queue import Message
from tests.outbox.conftest import Post, a_message
from tests.outbox.recorder import Recorder


def test_an_address_gets_three_mails_a_day(clock: FixedClock, post: Post) -> None:
    transport = Recorder()
    post.waits(*(a_message(to) for to in ("a@example.org", "A@Example.ORG", " a@example.org.", "a@example.org")))
    post.waits(
        *(
            a_message(to)
            for to in ("b@bücher.example", "b@XN--BCHER-KVA.example", "B@Bücher.example", "b@bücher.example")
        )
    )
    assert post.sends(transport) == 6
    assert post.left() == []  # what is too much leaves no trace
    clock.moment += timedelta(hours=23, minutes=59)
    post.waits(a_message("a@example.org"))
    assert post.sends(transport) == 0
    clock.moment += timedelta(minutes=1)
    post.waits(a_message("a@example.org"))
    assert post.sends(transport) == 1


def test_mail_that_was_not_taken_does_not_use_up_the_limit(clock: FixedClock, post: Post) -> None:
    def is_down(message: Message) -> None:
        raise Unreachable

    transport = Recorder(is_down)
    post.waits(a_message())
    for _ in range(5):
        assert post.sends(transport) == 0
        clock.moment += timedelta(hours=7)
    transport.before = lambda message: None
    assert post.sends(transport) == 1


def test_mail_that_may_have_arrived_uses_up_the_limit(clock: FixedClock, post: Post) -> None:
    def hangs_up(message: Message) -> None:
        raise Uncertain

    transport = Recorder(hangs_up)
    post.waits(a_message())
    for _ in range(3):
        post.sends(transport)
        clock.moment += timedelta(hours=5)
    transport.before = lambda message: None
    assert post.sends(transport) == 0
    assert post.left() == []
