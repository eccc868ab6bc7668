"""Mail that waits is sent once, by one worker, without holding up the database; a killed worker loses none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.clock import FixedClock
from service.outbox.delivery import Transport
from service.outbox.queue import CHUNK, CLAIM_S, Message, send_due
from service.store.database import Database
from service.store.tables import outbox, pending
from service.vault.keys import Keys
from tests.outbox.conftest import Mailbox, Post, a_message
from tests.outbox.recorder import Recorder


class Killed(BaseException):
    """The process ends here."""


def test_what_is_due_is_sent_and_forgotten(post: Post, smtp: Transport, mailbox: Mailbox) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(25)))
    assert post.sends(smtp) == 25
    assert sorted(mailbox.recipients) == sorted(f"{n}@example.org" for n in range(25))
    assert post.left() == []
    assert mailbox.connections == 1
    assert post.sends(smtp) == 0


def test_a_pass_sends_no_more_than_its_limit(post: Post) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(5)))
    assert [post.sends(Recorder(), limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_no_transaction_is_open_while_the_server_is_spoken_to(
    post: Post, another_connection: Callable[[], Database]
) -> None:
    post.waits(a_message())

    def write_elsewhere(message: Message) -> None:
        with another_connection().write() as connection:
            connection.execute(sa.update(pending).values(tries=1))

    assert post.sends(Recorder(write_elsewhere)) == 1


def test_a_row_in_a_workers_hands_is_left_alone_by_others(
    keys: Keys, clock: FixedClock, post: Post, another_connection: Callable[[], Database]
) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(CHUNK + 3)))
    other, sent_elsewhere = Recorder(), list[int]()
    first = Recorder(lambda message: sent_elsewhere.append(send_due(another_connection(), keys, other, clock)))
    assert post.sends(first) == CHUNK + 3
    assert (other.took, set(sent_elsewhere)) == ([], {0})


def test_a_worker_killed_after_sending_sends_again_and_loses_nothing(clock: FixedClock, post: Post) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(3)))
    killed = Recorder()

    def kill_at_the_third(message: Message) -> None:
        if len(killed.took) == 2:
            raise Killed

    killed.before = kill_at_the_third
    with pytest.raises(Killed):
        post.sends(killed)
    after = Recorder()
    assert post.sends(after) == 0  # the claim still holds
    clock.moment += timedelta(seconds=CLAIM_S)
    assert post.sends(after) == 3
    assert {message.message_id for message in killed.took} < {message.message_id for message in after.took}
    assert post.left() == []


def test_expired_mail_is_dropped_dead_or_not(database: Database, clock: FixedClock, post: Post) -> None:
    post.waits(a_message("a@example.org"), a_message("b@example.org"), hours=12)
    with database.write() as connection:
        first = sa.select(outbox.c.id).limit(1).scalar_subquery()
        connection.execute(sa.update(outbox).where(outbox.c.id == first).values(state="dead"))
    clock.moment += timedelta(hours=12)  # it is noon
    transport = Recorder()
    assert post.sends(transport) == 0
    assert (transport.took, post.left()) == ([], [])


def test_mail_of_a_used_or_erased_row_is_not_sent(database: Database, post: Post) -> None:
    used, erased, _ = post.waits(*(a_message(f"{name}@example.org") for name in ("used", "erased", "kept")))
    with database.write() as connection:
        connection.execute(
            sa.update(pending).where(pending.c.id == used).values(kek=None, wrapped_key=None, sealed=None)
        )
        connection.execute(sa.delete(pending).where(pending.c.id == erased))
    transport = Recorder()
    assert post.sends(transport) == 1
    assert [message.to for message in transport.took] == ["kept@example.org"]
    assert post.left() == []


def test_mail_erased_while_another_one_is_sent_stays_erased(
    post: Post, another_connection: Callable[[], Database]
) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(CHUNK + 5)))

    def erase_all(message: Message) -> None:
        with another_connection().write() as connection:
            connection.execute(sa.delete(outbox))
            connection.execute(sa.delete(pending))

    transport = Recorder(erase_all)
    post.sends(transport)
    assert len(transport.took) == CHUNK  # read before; those of the next chunk are gone
    assert post.left() == []


def test_a_slow_server_gets_no_message_after_half_the_claim(clock: FixedClock, post: Post) -> None:
    def takes_its_time(message: Message) -> None:
        clock.moment += timedelta(seconds=CLAIM_S / 4)

    post.waits(*(a_message(f"{n}@example.org") for n in range(9)))
    assert post.sends(Recorder(takes_its_time)) == 2
    assert len(post.left()) == 7
