"""An approved letter goes by e-mail once, or it is shown what is known."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.desk.requests import Forbidden
from service.errors import Refused
from service.letters.commands import RecallLetter, RetireAddressee
from service.letters.events import LetterFailed, LetterHandedOver
from service.letters.evidence import open_evidence
from service.letters.queries import letter
from service.letters.queueing import recall_letter
from service.letters.register import retire_addressee
from service.letters.tables import letter_delivery
from service.store.tables import campaign
from tests.letters.conftest import changes
from tests.letters.delivery.conftest import SENDER, TO, Dispatch
from tests.letters.delivery.mail_server import ReportingMailbox, ReportingServer


def test_it_goes_with_its_files_and_their_hashes(dispatch: Dispatch, mailbox: ReportingMailbox) -> None:
    assert dispatch.queues() == TO
    assert dispatch.works() == 1
    ((to, mail),) = mailbox.taken
    assert to == TO
    files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert {"istanbul-two-L1-tr.pdf", "istanbul-two-L1-en.pdf", "istanbul-two-L1-annex-a.csv"} <= set(files)
    body = mail.get_body(("plain",))
    assert body is not None
    said = body.get_content()
    assert hashlib.sha256(files["istanbul-two-L1-tr.pdf"]).hexdigest() in said
    assert "https://petitions.example.org/verify/" in said
    assert mail["Message-ID"] == dispatch.row()["message_id"]
    assert mail["Auto-Submitted"] is None
    assert mail["Reply-To"] == SENDER.reply_to


def test_it_asks_for_delivery_reports_at_a_return_path_of_its_own(
    dispatch: Dispatch, mailbox: ReportingMailbox
) -> None:
    dispatch.queues()
    dispatch.works()
    token = dispatch.row()["token"]
    assert mailbox.senders == [f"letters+{token}@petition.example"]
    assert mailbox.parameters == [
        "RET=HDRS", f"ENVID={token}", "NOTIFY=SUCCESS,FAILURE,DELAY", f"ORCPT=rfc822;{TO}",
    ]  # fmt: skip


def test_what_is_known_stands_in_the_log_and_the_servers_words_are_sealed(dispatch: Dispatch) -> None:
    dispatch.queues()
    dispatch.works()
    assert dispatch.topics() == ["queued", "handover_started", "handed_over"]
    event = dispatch.events()[-1]
    assert isinstance(event, LetterHandedOver)
    assert (event.channel, event.attempt, event.named) == ("email", 1, 0)
    (row,) = dispatch.evidence()
    assert row["hash"] == event.evidence
    with dispatch.appeal.database.read() as connection:
        record = open_evidence(connection, dispatch.office.desk.keys, event.evidence)
        assert letter(connection, dispatch.letter).state == "handed_over"
    assert record["server"] == "OK"
    assert record["message_id"].encode() not in row["sealed"]
    dispatch.audited()


def test_nothing_of_the_queue_is_published(dispatch: Dispatch) -> None:
    before = dispatch.audited()["size"]
    dispatch.queues()
    assert dispatch.audited()["size"] == before


def test_it_is_sent_once_however_often_the_worker_looks(dispatch: Dispatch, mailbox: ReportingMailbox) -> None:
    dispatch.queues()
    assert [dispatch.works() for _ in range(3)] == [1, 0, 0]
    assert len(mailbox.taken) == 1
    with pytest.raises(Refused, match="handed over"):
        dispatch.queues()


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_a_refusal_is_final_until_a_person_sends_it_again(
    dispatch: Dispatch, mailbox: ReportingMailbox, step: str
) -> None:
    mailbox.says = {step: "550 no such registry"}
    dispatch.queues()
    dispatch.works()
    event = dispatch.events()[-1]
    assert isinstance(event, LetterFailed)
    assert event.class_ == "permanent"
    assert dispatch.works() == 0
    first = dispatch.row()["message_id"]
    mailbox.says = {}
    dispatch.queues()
    dispatch.works()
    assert mailbox.message_ids == [first]
    assert getattr(dispatch.events()[-1], "attempt", 0) == 2
    dispatch.audited()


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_what_the_server_puts_off_is_tried_again_later_and_later(
    dispatch: Dispatch, mailbox: ReportingMailbox, step: str
) -> None:
    mailbox.says = {step: "451 greylisted"}
    dispatch.queues()
    dispatch.works()
    assert dispatch.topics()[-2:] == ["failed", "queued"]
    assert dispatch.works() == 0
    dispatch.waits(seconds=60)
    assert dispatch.works() == 1
    dispatch.waits(seconds=60)
    assert dispatch.works() == 0
    mailbox.says = {}
    dispatch.waits(seconds=240)
    dispatch.works()
    assert dispatch.state == "handed_over"
    assert len(mailbox.taken) == 1
    dispatch.audited()


def test_after_five_days_it_has_failed(dispatch: Dispatch, mailbox: ReportingMailbox) -> None:
    mailbox.says = {"rcpt": "451 greylisted"}
    dispatch.queues()
    until = dispatch.office.clock.moment + timedelta(days=5)
    while dispatch.office.clock.moment < until:
        dispatch.works()
        dispatch.waits(hours=4)
    dispatch.works()
    dispatch.waits(days=1)
    assert dispatch.works() == 0
    assert dispatch.topics()[-1] == "failed"
    dispatch.audited()


def test_a_server_that_is_away_has_not_seen_it(
    dispatch: Dispatch, server: ReportingServer, mailbox: ReportingMailbox
) -> None:
    mailbox.says = {"mail": "550 not you"}  # to us, not to the letter
    dispatch.queues()
    dispatch.works()
    assert dispatch.topics() == ["queued", "handover_started"]
    mailbox.says = {}
    dispatch.waits(seconds=60)
    dispatch.works()
    assert dispatch.topics() == ["queued", "handover_started", "handed_over"]


@pytest.mark.parametrize("end", ["hangs_up", "holds"])
def test_a_server_that_is_lost_after_the_content_leaves_it_uncertain(
    dispatch: Dispatch, mailbox: ReportingMailbox, end: str
) -> None:
    setattr(mailbox, end, "data")
    dispatch.queues()
    dispatch.works()
    assert dispatch.state == "uncertain"
    setattr(mailbox, end, "")
    dispatch.waits(days=6)
    assert dispatch.works() == 0
    assert len(mailbox.taken) == 1
    with pytest.raises(Refused, match="uncertain"):
        dispatch.queues()
    dispatch.audited()


@pytest.mark.parametrize("went", [True, False])
def test_two_people_resolve_what_is_uncertain(dispatch: Dispatch, mailbox: ReportingMailbox, went: bool) -> None:
    mailbox.hangs_up = "data"
    dispatch.queues()
    dispatch.works()
    found = "queue id 4XyZ in the server's log"
    asked = dispatch.office.asks(
        "olga", "letter-resolve", letter=dispatch.letter, attempt=1, went=int(went), found=found
    )
    with pytest.raises(Forbidden):
        dispatch.office.approves("olga", asked)
    dispatch.office.approves("rosa", asked)
    dispatch.appeal.follow()
    event = dispatch.events()[-1]
    assert dispatch.state == ("handed_over" if went else "failed")
    assert getattr(event, "attempt", 0) == 1
    dispatch.audited()
    if not went:
        mailbox.hangs_up = ""
        dispatch.queues()
        dispatch.works()
        assert set(mailbox.message_ids) == {dispatch.row()["message_id"]}
        assert dispatch.state == "handed_over"
        dispatch.audited()


def test_what_a_dead_worker_left_before_data_goes_on_and_after_it_is_uncertain(
    dispatch: Dispatch, mailbox: ReportingMailbox
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> str:
        raise Killed

    dispatch.queues()
    alive = dispatch.transport.hand_over
    dispatch.transport.hand_over = die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        dispatch.works()
    assert (dispatch.state, dispatch.row()["mark"]) == ("handing_over", "claimed")

    def die_late(envelope: object, before_data: object) -> str:
        before_data()  # type: ignore[operator]
        raise Killed

    dispatch.transport.hand_over = die_late  # type: ignore[method-assign]
    dispatch.waits(minutes=2)
    with pytest.raises(Killed):
        dispatch.works() and dispatch.works()
    assert dispatch.row()["mark"] == "transferring"
    dispatch.transport.hand_over = alive  # type: ignore[method-assign]
    dispatch.works()
    assert dispatch.topics() == ["queued", "handover_started", "uncertain"]
    assert mailbox.taken == []


def test_a_worker_that_lost_the_letter_to_another_turns_back_at_the_last_moment(
    dispatch: Dispatch, mailbox: ReportingMailbox
) -> None:
    dispatch.queues()
    alive = dispatch.transport.hand_over

    def robbed(envelope: object, before_data: object) -> str:
        with dispatch.appeal.database.write() as connection:
            connection.execute(sa.update(letter_delivery).values(claim="another worker's"))
        return alive(envelope, before_data)  # type: ignore[arg-type]

    dispatch.transport.hand_over = robbed  # type: ignore[method-assign]
    dispatch.works()
    assert mailbox.taken == []
    assert dispatch.state == "handing_over"


def test_it_can_be_recalled_while_it_waits(dispatch: Dispatch, mailbox: ReportingMailbox) -> None:
    dispatch.queues()
    recall = RecallLetter(dispatch.letter, dispatch.office.clock.now())
    assert recall_letter(recall, dispatch.appeal.log) == "approved"
    assert dispatch.works() == 0
    dispatch.queues()
    dispatch.works()
    assert len(mailbox.taken) == 1
    with pytest.raises(Refused, match="handed over"):
        recall_letter(recall, dispatch.appeal.log)


@pytest.mark.parametrize("what", ["text", "campaign", "office"])
def test_it_is_recalled_when_what_it_rests_on_changed(dispatch: Dispatch, mailbox: ReportingMailbox, what: str) -> None:
    dispatch.queues()
    if what == "text":
        dispatch.appeal.replaces_text()
    elif what == "office":
        command = RetireAddressee("tr-anayasa-mahkemesi", "closed", dispatch.office.clock.now())
        retire_addressee(command, dispatch.appeal.log)
    else:
        with dispatch.appeal.database.write() as connection:
            connection.execute(sa.update(campaign).values(state="withdrawn"))
    dispatch.works()
    assert mailbox.taken == []
    assert dispatch.topics() == ["queued", "recalled"]
    with pytest.raises(Refused, match="changed since"):
        dispatch.queues()


def test_it_goes_though_the_appeal_closed_meanwhile(dispatch: Dispatch, mailbox: ReportingMailbox) -> None:
    dispatch.queues()
    with dispatch.appeal.database.write() as connection:
        connection.execute(sa.update(campaign).values(state="closed"))
    dispatch.works()
    assert len(mailbox.taken) == 1
    assert dispatch.state == "handed_over"


def test_a_stamped_letter_of_a_real_appeal_is_not_sent(dispatch: Dispatch) -> None:
    changes(dispatch.appeal, demonstration=False)
    with pytest.raises(Refused, match="stamped"):
        dispatch.queues()


def test_without_an_address_it_goes_another_way(dispatch: Dispatch) -> None:
    changes(dispatch.appeal, mail_override="")
    with pytest.raises(Refused, match="bundle"):
        dispatch.queues()
