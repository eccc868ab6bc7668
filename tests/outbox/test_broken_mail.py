"""A message in trouble stops no other, and is shown to the operator by a class of error alone."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from service.clock import FixedClock
from service.outbox.queue import Message, retry
from service.store.database import Database
from service.store.tables import outbox
from service.vault.key_files import write_key_file
from service.vault.keys import Keys
from tests.outbox.conftest import Post, a_message
from tests.outbox.recorder import Recorder, lines


def test_a_message_that_cannot_be_opened_or_written_stops_no_other(
    database: Database, clock: FixedClock, post: Post
) -> None:
    post.waits(a_message("damaged@example.org"), a_message("moved@example.org"))
    with database.write() as connection:
        ids = connection.scalars(sa.select(outbox.c.id).order_by(outbox.c.id)).all()
        connection.execute(sa.update(outbox).where(outbox.c.id == ids[0]).values(sealed=b"damaged"))
        connection.execute(sa.update(outbox).where(outbox.c.id == ids[1]).values(id="moved"))
    post.waits(a_message("a@example.org", subject="two\nlines"), a_message("good@example.org"))
    written: list[EmailMessage] = []
    transport = Recorder(lambda message: written.append(message.as_mail(clock.now())))
    assert post.sends(transport) == 1
    assert sorted(line.error_class for line in lines(database)) == ["malformed", "unreadable", "unreadable"]
    assert {line.state for line in lines(database)} == {"dead"}


def test_an_unknown_trouble_with_one_message_is_shown_by_its_class(database: Database, post: Post) -> None:
    def breaks(message: Message) -> None:
        if message.to.startswith("bad"):
            raise LookupError("bad@example.org")

    post.waits(*(a_message(to) for to in ("bad@example.org", "a@example.org", "b@example.org")))
    assert post.sends(Recorder(breaks)) == 2
    assert [(line.state, line.error_class) for line in lines(database)] == [("queued", "LookupError")]


def test_a_missing_key_encryption_key_kills_nothing_for_ever(
    database: Database, clock: FixedClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("own") / "keys"
    keys = Keys.create(folder, "petition.example/log")
    post = Post(database, keys, clock)
    post.waits(a_message())
    kek = keys.kek(1)
    (folder / "kek-1").unlink()
    assert post.sends(Recorder()) == 0
    (line,) = lines(database)
    assert (line.state, line.error_class) == ("dead", "unreadable")
    write_key_file(folder / "kek-1", kek)
    with database.write() as connection:
        retry(connection, line.id)
    assert post.sends(Recorder()) == 1
