"""Reports of mail servers: believed of our own messages, counted where they are repeated, late, forged or foreign."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.letters.bounces import Mailroom, read_reports
from service.letters.reports import read_report
from service.letters.tables import report_count
from tests.letters.delivery.conftest import TO, Dispatch
from tests.letters.delivery.mail_server import ReportingMailbox

HEAD = """From: MAILER-DAEMON@mx.office.example
To: {to}
Subject: Delivery report
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: text/plain

Whatever the server likes to say.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.office.example
{envelope}
Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}

--B
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: returned

--B--
"""


class Postbox:
    """A Maildir to which reports come."""

    def __init__(self, dispatch: Dispatch, folder: Path) -> None:
        self.dispatch, self.folder, self.number = dispatch, folder, 0
        (folder / "new").mkdir(parents=True)

    def gets(self, action: str, status: str = "5.1.1", **changed: str) -> None:
        """Receive a report on the letter's newest message, with some of its words changed."""
        row = self.dispatch.row()
        words = {"to": f"letters+{row['token']}@petition.example", "recipient": TO, "message_id": row["message_id"]}
        words |= {"envelope": f"Original-Envelope-Id: {row['token']}\n", **changed}
        self.drops(HEAD.format(action=action, status=status, **words).encode())

    def drops(self, content: bytes) -> None:
        """Receive any mail."""
        self.number += 1
        (self.folder / "new" / f"{self.number}.host").write_bytes(content)

    def read(self) -> dict[str, int]:
        """Let the worker read, and return the counts so far."""
        log, keys = self.dispatch.appeal.log, self.dispatch.office.desk.keys
        read_reports(Mailroom(log, keys, self.folder), self.dispatch.office.clock.now())
        self.dispatch.appeal.follow()
        with self.dispatch.appeal.database.read() as connection:
            return {row.outcome: row.number for row in connection.execute(sa.select(report_count))}


@pytest.fixture
def postbox(dispatch: Dispatch, tmp_path: Path) -> Postbox:
    """Return a Maildir, after the letter was handed over."""
    dispatch.queues()
    dispatch.works()
    return Postbox(dispatch, tmp_path / "maildir")


def test_a_success_then_a_bounce_then_it_is_composed_again(dispatch: Dispatch, postbox: Postbox) -> None:
    postbox.gets("delivered", "2.0.0")
    assert postbox.read() == {"accepted": 1}
    assert dispatch.state == "accepted"
    postbox.gets("failed")
    assert postbox.read() == {"accepted": 1, "bounced": 1}
    assert dispatch.state == "bounced"
    assert dispatch.audited()["error_count"] == 0
    first = dispatch.row()
    dispatch.composes(again=dispatch.letter)
    dispatch.approves(dispatch.letter)
    dispatch.queues()
    dispatch.waits(days=1)  # two letters to one office never go within a day
    dispatch.works()
    assert dispatch.row()["message_id"] != first["message_id"]
    old = {"envelope": f"Original-Envelope-Id: {first['token']}\n", "message_id": first["message_id"], "to": "x@y.z"}
    postbox.gets("failed", **old)
    assert postbox.read()["late"] == 1
    assert dispatch.state == "handed_over"
    dispatch.audited()


@pytest.mark.parametrize("place", ["envelope", "message_id", "to"])
def test_any_of_the_three_places_names_the_letter(dispatch: Dispatch, postbox: Postbox, place: str) -> None:
    others = {"envelope": "", "message_id": "<another@example.org>", "to": "postmaster@petition.example"}
    del others[place]
    postbox.gets("failed", **others)
    assert postbox.read() == {"bounced": 1}
    assert dispatch.state == "bounced"


def test_repeated_delayed_forged_and_foreign_ones_change_nothing(dispatch: Dispatch, postbox: Postbox) -> None:
    postbox.gets("delayed", "4.4.1")
    guessed = "0" * 26
    forged = {"envelope": f"Original-Envelope-Id: {guessed}\n", "to": "x@y.example"}
    postbox.gets("failed", **forged, message_id=f"<{dispatch.letter}.1.{guessed}@petition.example>")
    postbox.drops(b"From: a@example.org\nTo: letters@petition.example\n\nDear petitioners, ...\n")
    postbox.drops(b"\xff\xfe\x00")
    assert postbox.read() == {"delayed": 1, "foreign": 3}
    assert dispatch.state == "handed_over"
    for _ in range(2):
        postbox.gets("failed")
    assert postbox.read()["repeated"] == 1
    assert sum(event.topic == "letter.bounced" for event in dispatch.events()) == 1


def test_what_is_for_people_stays_unread(postbox: Postbox) -> None:
    postbox.drops(b"From: a@example.org\n\nA clerk writes back.\n")
    postbox.gets("delivered")
    postbox.read()
    assert not list((postbox.folder / "new").iterdir())
    assert sorted(path.name for path in (postbox.folder / "cur").iterdir()) == ["1.host:2,", "2.host:2,S"]


def test_a_report_on_an_uncertain_letter_is_kept_for_the_two_who_resolve_it(
    dispatch: Dispatch, mailbox: ReportingMailbox, tmp_path: Path
) -> None:
    mailbox.hangs_up = "data"
    dispatch.queues()
    dispatch.works()
    postbox = Postbox(dispatch, tmp_path / "maildir")
    postbox.gets("delivered", "2.0.0")
    assert postbox.read() == {"uncertain": 1}
    assert dispatch.state == "uncertain"
    params = {"letter": dispatch.letter, "attempt": 1, "went": 1, "found": "the report"}
    asked = dispatch.office.asks("olga", "letter-resolve", **params)
    assert "A delivery report of 2026-03-02: accepted, 2.0.0" in asked.says


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"Content-Type: {text}\n\n{text}".encode()))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_mail_breaks_the_reader(content: bytes) -> None:
    with suppress(ValueError, LookupError, TypeError, AttributeError):
        assert read_report(content) is None
