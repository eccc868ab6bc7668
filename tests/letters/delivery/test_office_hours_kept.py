"""Letters go in their office's hours, and never two to one office within a day."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.letters.addressees import import_addressees
from tests.letters.delivery.conftest import Dispatch
from tests.letters.delivery.mail_server import ReportingMailbox
from tests.letters.examples import APPEAL


def with_hours(dispatch: Dispatch, folder: Path, hours: str) -> None:
    """Give every office hours of work, have the letter composed for the changed record, and approved."""
    source = (APPEAL / "addressees.toml").read_text().replace('\nhours = ""', f'\nhours = "{hours}"')
    assert tomllib.loads(source)["addressees"][0]["hours"] == hours
    (folder / "hours.toml").write_text(source)
    import_addressees(folder / "hours.toml", dispatch.appeal.log, dispatch.office.clock.now(), verified=True)
    dispatch.composes(again=dispatch.letter)
    dispatch.approves(dispatch.letter)


def test_it_waits_for_the_office_to_open(dispatch: Dispatch, mailbox: ReportingMailbox, tmp_path: Path) -> None:
    with_hours(dispatch, tmp_path, "Mon-Fri 09:00-17:00")
    dispatch.office.clock.moment = datetime(2026, 3, 6, 14, 0, tzinfo=UTC)  # Friday, 17:00 in Istanbul
    dispatch.queues()
    assert dispatch.works() == 0
    dispatch.office.clock.moment = datetime(2026, 3, 9, 5, 59, tzinfo=UTC)
    assert dispatch.works() == 0
    assert mailbox.taken == []
    dispatch.office.clock.moment = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
    assert dispatch.works() == 1
    assert dispatch.state == "handed_over"


def test_an_office_that_wants_none_now_is_not_asked_again_at_night(
    dispatch: Dispatch, mailbox: ReportingMailbox, tmp_path: Path
) -> None:
    with_hours(dispatch, tmp_path, "Mon-Fri 09:00-17:00")
    dispatch.office.clock.moment = datetime(2026, 3, 3, 13, 59, 30, tzinfo=UTC)
    mailbox.says = {"rcpt": "451 greylisted"}
    dispatch.queues()
    dispatch.works()
    mailbox.says = {}
    dispatch.office.clock.moment = datetime(2026, 3, 3, 20, 0, tzinfo=UTC)
    assert dispatch.works() == 0
    dispatch.office.clock.moment = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
    assert dispatch.works() == 1


@pytest.mark.parametrize("first", ["arrives", "is uncertain"])
def test_a_second_letter_to_the_same_office_waits_a_day(
    dispatch: Dispatch, mailbox: ReportingMailbox, first: str
) -> None:
    mailbox.hangs_up = "data" if first == "is uncertain" else ""
    second = dispatch.composes()
    dispatch.approves(second)
    dispatch.queues()
    dispatch.works()
    mailbox.hangs_up = ""
    dispatch.queues(second)
    dispatch.waits(hours=23)
    assert dispatch.works() == 0
    dispatch.waits(hours=1)
    assert dispatch.works() == 1
    assert len(mailbox.taken) == 2


def test_another_office_does_not_wait_and_one_that_refused_counts_for_nothing(
    dispatch: Dispatch, mailbox: ReportingMailbox
) -> None:
    for slot in ("L1", "L2"):
        dispatch.approves(found := dispatch.composes(slot))
        dispatch.queues(found)
    mailbox.says = {"data": "554 no"}
    dispatch.queues()
    assert [dispatch.works() for _ in range(4)] == [1, 1, 1, 0]
