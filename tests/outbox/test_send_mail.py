"""What happens to mail that waits: sent, tried again, dropped or kept for the operator, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from service.clock import FixedClock
from service.outbox.delivery import Transport, Uncertain, Unreachable
from service.outbox.queue import CHUNK, CLAIM_S, Line, Message, list_outbox, retry, send_due
from service.outbox.transport import transport_for
from service.store.database import Database
from service.store.tables import outbox, pending
from service.vault.key_files import write_key_file
from service.vault.keys import Keys
from tests.outbox.conftest import Mailbox, MailServer, Post, a_message


class Recorder(Transport):
    """A way out that remembers, and runs what a test gives it before each message."""

    def __init__(self, before: Callable[[Message], None] = lambda message: None) -> None:
        super().__init__()
        self.before = before
        self.took: list[Message] = []

    def deliver(self, message: Message, now: datetime) -> None:
        self.before(message)
        self.took.append(message)


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def smtp(server: MailServer) -> Transport:
    """Return the way to the running mail server."""
    return transport_for(f"smtp://127.0.0.1:{server.bound_port}")


def test_what_is_due_is_sent_and_forgotten(
    database: Database, keys: Keys, clock: FixedClock, post: Post, smtp: Transport, mailbox: Mailbox
) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(25)))
    assert send_due(database, keys, smtp, clock) == 25
    assert sorted(mailbox.recipients) == sorted(f"{n}@example.org" for n in range(25))
    assert post.left() == []
    assert mailbox.connections == 1
    assert send_due(database, keys, smtp, clock) == 0


def test_a_pass_sends_no_more_than_its_limit(database: Database, keys: Keys, clock: FixedClock, post: Post) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(5)))
    assert [send_due(database, keys, Recorder(), clock, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_no_transaction_is_open_while_the_server_is_spoken_to(
    database: Database, keys: Keys, clock: FixedClock, post: Post, another_connection: Callable[[], Database]
) -> None:
    post.waits(a_message())

    def write_elsewhere(message: Message) -> None:
        with another_connection().write() as connection:
            connection.execute(sa.update(pending).values(tries=1))

    assert send_due(database, keys, Recorder(write_elsewhere), clock) == 1


def test_a_row_in_a_workers_hands_is_left_alone_by_others(
    database: Database, keys: Keys, clock: FixedClock, post: Post, another_connection: Callable[[], Database]
) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(CHUNK + 3)))
    other, sent_elsewhere = Recorder(), list[int]()
    first = Recorder(lambda message: sent_elsewhere.append(send_due(another_connection(), keys, other, clock)))
    assert send_due(database, keys, first, clock) == CHUNK + 3
    assert (other.took, set(sent_elsewhere)) == ([], {0})


def test_a_worker_killed_after_sending_sends_again_and_loses_nothing(
    database: Database, keys: Keys, clock: FixedClock, post: Post
) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(3)))
    killed = Recorder()

    def kill_at_the_third(message: Message) -> None:
        if len(killed.took) == 2:
            raise Killed

    killed.before = kill_at_the_third
    with pytest.raises(Killed):
        send_due(database, keys, killed, clock)
    after = Recorder()
    assert send_due(database, keys, after, clock) == 0  # the claim still holds
    clock.moment += timedelta(seconds=CLAIM_S)
    assert send_due(database, keys, after, clock) == 3
    assert {message.message_id for message in killed.took} < {message.message_id for message in after.took}
    assert post.left() == []


def test_mail_refused_for_now_waits_longer_each_time(
    database: Database, keys: Keys, clock: FixedClock, post: Post, smtp: Transport, mailbox: Mailbox
) -> None:
    mailbox.says["a@example.org"] = "450 busy with a@example.org"
    post.waits(a_message("a@example.org"), a_message("b@example.org"))
    assert send_due(database, keys, smtp, clock) == 1
    waits_s = []
    for attempts in (1, 2, 3):
        (line,) = _lines(database)
        assert (line.state, line.attempts, line.error_class) == ("queued", attempts, "temporary")
        waits_s.append(line.due - int(clock.now().timestamp()))
        clock.moment += timedelta(seconds=waits_s[-1])
        assert send_due(database, keys, smtp, clock) == 0
    assert [60 <= waits_s[0] <= 90, 300 <= waits_s[1] <= 450, 900 <= waits_s[2] <= 1350] == [True] * 3
    del mailbox.says["a@example.org"]
    clock.moment += timedelta(hours=6)
    assert send_due(database, keys, smtp, clock) == 1
    assert mailbox.recipients == ["b@example.org", "a@example.org"]


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_mail_refused_for_ever_is_kept_for_the_operator(
    database: Database, keys: Keys, clock: FixedClock, post: Post, smtp: Transport, mailbox: Mailbox, step: str
) -> None:
    mailbox.says[step] = "550 no such person as a@example.org"
    post.waits(a_message())
    send_due(database, keys, smtp, clock)
    clock.moment += timedelta(hours=20)
    send_due(database, keys, smtp, clock)
    (line,) = _lines(database)
    assert (line.state, line.attempts, line.error_class) == ("dead", 1, "permanent")
    mailbox.says.clear()
    with database.write() as connection:
        retry(connection, line.id)
    assert send_due(database, keys, smtp, clock) == 1


def test_a_server_that_refuses_us_kills_no_mail(
    database: Database, keys: Keys, clock: FixedClock, post: Post, smtp: Transport, mailbox: Mailbox
) -> None:
    mailbox.says["mail"] = "550 sender not allowed"
    post.waits(*(a_message(f"{n}@example.org") for n in range(3)))
    assert send_due(database, keys, smtp, clock) == 0
    assert {line.state for line in _lines(database)} == {"queued"}
    assert sorted(line.attempts for line in _lines(database)) == [0, 0, 1]  # one try is enough to know


def test_a_server_that_closes_for_now_kills_no_mail(
    database: Database, keys: Keys, clock: FixedClock, post: Post, smtp: Transport, mailbox: Mailbox
) -> None:
    mailbox.says["data"] = "421 closing"
    post.waits(a_message())
    assert send_due(database, keys, smtp, clock) == 0
    assert [(line.state, line.error_class) for line in _lines(database)] == [("queued", "unreachable")]


def test_mail_waits_while_the_server_is_down(
    database: Database, keys: Keys, clock: FixedClock, post: Post, server: MailServer, smtp: Transport, mailbox: Mailbox
) -> None:
    server.stop()
    post.waits(*(a_message(f"{n}@example.org") for n in range(3)))
    assert send_due(database, keys, smtp, clock) == 0
    assert sorted((line.attempts, line.error_class) for line in _lines(database)) == [
        (0, ""),
        (0, ""),
        (1, "unreachable"),
    ]
    assert send_due(database, keys, smtp, clock) == 0  # none is due for a minute: a dead server is not beaten
    assert sum(line.attempts for line in _lines(database)) == 1
    clock.moment += timedelta(minutes=2)
    up = Recorder()
    assert send_due(database, keys, up, clock) == 3


def test_a_server_that_hangs_up_with_the_message_may_get_it_twice(
    database: Database, keys: Keys, clock: FixedClock, post: Post, smtp: Transport, mailbox: Mailbox
) -> None:
    mailbox.hangs_up = "data"
    post.waits(a_message(message_id="<same@petition.example>"))
    assert send_due(database, keys, smtp, clock) == 0
    assert [line.error_class for line in _lines(database)] == ["uncertain"]
    mailbox.hangs_up = ""
    clock.moment += timedelta(minutes=2)
    assert send_due(database, keys, smtp, clock) == 1
    assert {str(mail["Message-ID"]) for _, mail in mailbox.taken} == {"<same@petition.example>"}
    assert len(mailbox.taken) == 2


def test_expired_mail_is_dropped_dead_or_not(database: Database, keys: Keys, clock: FixedClock, post: Post) -> None:
    post.waits(a_message("a@example.org"), a_message("b@example.org"), hours=1)
    with database.write() as connection:
        first = sa.select(outbox.c.id).limit(1).scalar_subquery()
        connection.execute(sa.update(outbox).where(outbox.c.id == first).values(state="dead"))
    clock.moment += timedelta(hours=1)
    transport = Recorder()
    assert send_due(database, keys, transport, clock) == 0
    assert (transport.took, post.left()) == ([], [])


def test_mail_of_a_used_or_erased_row_is_not_sent(
    database: Database, keys: Keys, clock: FixedClock, post: Post
) -> None:
    used, erased, _ = post.waits(*(a_message(f"{name}@example.org") for name in ("used", "erased", "kept")))
    with database.write() as connection:
        connection.execute(
            sa.update(pending).where(pending.c.id == used).values(kek=None, wrapped_key=None, sealed=None)
        )
        connection.execute(sa.delete(pending).where(pending.c.id == erased))
    transport = Recorder()
    assert send_due(database, keys, transport, clock) == 1
    assert [message.to for message in transport.took] == ["kept@example.org"]
    assert post.left() == []


def test_mail_erased_while_another_one_is_sent_stays_erased(
    database: Database, keys: Keys, clock: FixedClock, post: Post, another_connection: Callable[[], Database]
) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(CHUNK + 5)))

    def erase_all(message: Message) -> None:
        with another_connection().write() as connection:
            connection.execute(sa.delete(outbox))
            connection.execute(sa.delete(pending))

    transport = Recorder(erase_all)
    send_due(database, keys, transport, clock)
    assert len(transport.took) == CHUNK  # read before; those of the next chunk are gone
    assert post.left() == []


def test_an_address_gets_three_mails_a_day(database: Database, keys: Keys, clock: FixedClock, post: Post) -> None:
    transport = Recorder()
    post.waits(*(a_message(to) for to in ("a@example.org", "A@Example.ORG", " a@example.org.", "a@example.org")))
    post.waits(
        *(
            a_message(to)
            for to in ("b@bücher.example", "b@XN--BCHER-KVA.example", "B@Bücher.example", "b@bücher.example")
        )
    )
    assert send_due(database, keys, transport, clock) == 6
    assert post.left() == []  # what is too much leaves no trace
    clock.moment += timedelta(hours=23, minutes=59)
    post.waits(a_message("a@example.org"))
    assert send_due(database, keys, transport, clock) == 0
    clock.moment += timedelta(minutes=1)
    post.waits(a_message("a@example.org"))
    assert send_due(database, keys, transport, clock) == 1


def test_mail_that_was_not_taken_does_not_use_up_the_limit(
    database: Database, keys: Keys, clock: FixedClock, post: Post
) -> None:
    def is_down(message: Message) -> None:
        raise Unreachable

    transport = Recorder(is_down)
    post.waits(a_message())
    for _ in range(5):
        assert send_due(database, keys, transport, clock) == 0
        clock.moment += timedelta(hours=7)
    transport.before = lambda message: None
    assert send_due(database, keys, transport, clock) == 1


def test_mail_that_may_have_arrived_uses_up_the_limit(
    database: Database, keys: Keys, clock: FixedClock, post: Post
) -> None:
    def hangs_up(message: Message) -> None:
        raise Uncertain

    transport = Recorder(hangs_up)
    post.waits(a_message())
    for _ in range(3):
        send_due(database, keys, transport, clock)
        clock.moment += timedelta(hours=5)
    transport.before = lambda message: None
    assert send_due(database, keys, transport, clock) == 0
    assert post.left() == []


def test_a_message_that_cannot_be_opened_or_written_stops_no_other(
    database: Database, keys: Keys, clock: FixedClock, post: Post
) -> None:
    post.waits(a_message("damaged@example.org"), a_message("moved@example.org"))
    with database.write() as connection:
        ids = connection.scalars(sa.select(outbox.c.id).order_by(outbox.c.id)).all()
        connection.execute(sa.update(outbox).where(outbox.c.id == ids[0]).values(sealed=b"damaged"))
        connection.execute(sa.update(outbox).where(outbox.c.id == ids[1]).values(id="moved"))
    post.waits(a_message("a@example.org", subject="two\nlines"), a_message("good@example.org"))
    written: list[EmailMessage] = []
    transport = Recorder(lambda message: written.append(message.as_mail(clock.now())))
    assert send_due(database, keys, transport, clock) == 1
    assert sorted(line.error_class for line in _lines(database)) == ["malformed", "unreadable", "unreadable"]
    assert {line.state for line in _lines(database)} == {"dead"}


def test_an_unknown_trouble_with_one_message_is_shown_by_its_class(
    database: Database, keys: Keys, clock: FixedClock, post: Post
) -> None:
    def breaks(message: Message) -> None:
        if message.to.startswith("bad"):
            raise LookupError("bad@example.org")

    post.waits(*(a_message(to) for to in ("bad@example.org", "a@example.org", "b@example.org")))
    assert send_due(database, keys, Recorder(breaks), clock) == 2
    assert [(line.state, line.error_class) for line in _lines(database)] == [("queued", "LookupError")]


def test_a_missing_key_encryption_key_kills_nothing_for_ever(
    database: Database, clock: FixedClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("own") / "keys"
    keys = Keys.create(folder, "petition.example/log")
    post = Post(database, keys, clock)
    post.waits(a_message())
    kek = keys.kek(1)
    (folder / "kek-1").unlink()
    assert send_due(database, keys, Recorder(), clock) == 0
    (line,) = _lines(database)
    assert (line.state, line.error_class) == ("dead", "unreadable")
    write_key_file(folder / "kek-1", kek)
    with database.write() as connection:
        retry(connection, line.id)
    assert send_due(database, keys, Recorder(), clock) == 1


def test_a_slow_server_gets_no_message_after_half_the_claim(
    database: Database, keys: Keys, clock: FixedClock, post: Post
) -> None:
    def takes_its_time(message: Message) -> None:
        clock.moment += timedelta(seconds=CLAIM_S / 4)

    post.waits(*(a_message(f"{n}@example.org") for n in range(9)))
    assert send_due(database, keys, Recorder(takes_its_time), clock) == 2
    assert len(post.left()) == 7


def _lines(database: Database) -> list[Line]:
    with database.read() as connection:
        return list_outbox(connection)
