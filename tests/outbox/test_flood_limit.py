"""An address gets three mails in 24 hours, counted in the database for all workers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa

from service.clock import FixedClock
from service.outbox.delivery import Uncertain, Unreachable
from service.outbox.flood import forget_old, take
from service.outbox.queue import Message
from service.store.database import Database
from service.store.mail_tables import mailed
from service.vault.keys import Keys
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


def test_workers_keep_one_limit(
    clock: FixedClock, post: Post, keys: Keys, another_connection: Callable[[], Database]
) -> None:
    first, second = Recorder(), Recorder()
    post.waits(*(a_message() for _ in range(2)))
    assert post.sends(first) == 2
    post.waits(*(a_message() for _ in range(2)))
    assert Post(another_connection(), keys, clock).sends(second) == 1
    assert post.left() == []


def test_many_at_once_keep_one_limit(
    clock: FixedClock, keys: Keys, database: Database, another_connection: Callable[[], Database]
) -> None:
    def ask(workers: Database) -> int:
        with workers.write() as connection:
            return sum(take(connection, keys, ["a@example.org"], clock.now()))

    workers = [another_connection() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(ask, workers)) == 3


def test_what_is_kept_is_a_keyed_hash_for_a_day(clock: FixedClock, post: Post, database: Database, keys: Keys) -> None:
    post.waits(a_message("ada@example.org"))
    post.sends(Recorder())
    with database.write() as connection:
        (row,) = connection.execute(sa.select(mailed)).mappings()
        assert "ada" not in str(dict(row))
        assert row["hours"] == str(row["newest"])
        assert forget_old(connection, clock.now()) == 0
        assert forget_old(connection, clock.now() + timedelta(hours=24)) == 1
