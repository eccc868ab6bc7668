"""Several workers share one outbox, and nothing in it tells whom a mail is for or when it was written."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa

from service.clock import FixedClock
from service.errors import NotFound
from service.outbox.delivery import Transport
from service.outbox.queue import Message, list_outbox, message_row, retry, send_due
from service.store.database import Database
from service.store.tables import outbox
from service.vault.keys import Keys
from service.vault.sealing import new_key
from tests.outbox.conftest import Post, a_message

WORKERS = 4
MESSAGES = 120


class Counting(Transport):
    """A way out that counts what it took."""

    def __init__(self) -> None:
        super().__init__()
        self.took: list[str] = []

    def deliver(self, message: Message, now: datetime) -> None:
        self.took.append(message.to)


def test_workers_side_by_side_send_each_mail_once(
    database: Database, keys: Keys, clock: FixedClock, post: Post, another_connection: Callable[[], Database]
) -> None:
    post.waits(*(a_message(f"{n}@example.org") for n in range(MESSAGES)))
    transports = [Counting() for _ in range(WORKERS)]
    sent: list[int] = []

    def work(own: Database, transport: Transport) -> None:
        while done := send_due(own, keys, transport, clock, limit=7):
            sent.append(done)

    threads = [threading.Thread(target=work, args=(another_connection(), transport)) for transport in transports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while done := send_due(database, keys, transports[0], clock):  # a worker that met only locked rows has left early
        sent.append(done)
    assert Counter(to for transport in transports for to in transport.took) == {
        f"{n}@example.org": 1 for n in range(MESSAGES)
    }
    assert sum(sent) == MESSAGES
    assert post.left() == []


def test_erasing_never_deadlocks_with_sending(
    database: Database, keys: Keys, clock: FixedClock, post: Post, another_connection: Callable[[], Database]
) -> None:
    row_ids = post.waits(*(a_message(f"{n}@example.org") for n in range(60)))
    eraser, errors = another_connection(), []

    def erase() -> None:
        try:
            for start in range(0, 60, 6):
                with eraser.write() as connection:
                    for row_id in reversed(row_ids[start : start + 6]):
                        connection.execute(sa.delete(outbox).where(outbox.c.pending == row_id))
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=erase)
    thread.start()
    while send_due(database, keys, Counting(), clock, limit=20):
        pass
    thread.join()
    assert (errors, post.left()) == ([], [])


def test_an_operator_sees_states_and_no_person(database: Database, post: Post) -> None:
    post.waits(a_message("secret-name@example.org", subject="secret-subject"))
    with database.read() as connection:
        (line,) = list_outbox(connection)
        row = connection.execute(sa.select(outbox)).one()
    assert (line.state, line.attempts, line.error_class) == ("queued", 0, "")
    assert "secret" not in repr(line) + repr(row)
    assert b"secret" not in bytes(row.sealed)


def test_a_row_tells_the_day_and_no_finer_time(keys: Keys) -> None:
    first_s, last_s = 1_772_409_600, 1_772_495_999  # the first and the last second of a day
    rows = [message_row("p", new_key(), a_message(), now_s, now_s + 60) for now_s in (first_s, last_s - 60)]
    assert [(row["due"], row["expires"]) for row in rows] == [(first_s, last_s + 1)] * 2
    assert len({len(row["sealed"]) for row in rows}) == 1
    assert rows[0]["id"] != rows[1]["id"]


def test_a_message_that_is_not_there_cannot_be_retried(database: Database) -> None:
    with database.write() as connection, pytest.raises(NotFound, match="no message no-such-id waits"):
        retry(connection, "no-such-id")
