"""Evidence of letters is kept until five years after the appeal was sealed, and not a day longer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.campaigns.events import CampaignClosed, CampaignSealed
from service.errors import NotFound
from service.letters.evidence import open_evidence
from service.letters.evidence_end import destroy_old_evidence, kept_until, past_its_time
from tests.letters.conftest import CAMPAIGN
from tests.letters.delivery.conftest import Dispatch


@pytest.fixture
def handed_over(dispatch: Dispatch) -> Dispatch:
    """Return a letter of which evidence is kept."""
    dispatch.queues()
    dispatch.works()
    assert dispatch.evidence()
    return dispatch


def seals(dispatch: Dispatch, day: str) -> None:
    stream = dispatch.appeal.log.stream(CAMPAIGN)
    dispatch.appeal.versions[CAMPAIGN] = stream[-1].originator_version
    dispatch.appeal.append(
        CampaignClosed(day=day, campaign=CAMPAIGN, reason="goal"), CampaignSealed(day=day, campaign=CAMPAIGN)
    )


def until(dispatch: Dispatch) -> str | None:
    with dispatch.appeal.database.read() as connection:
        return kept_until(connection, dispatch.appeal.log, dispatch.letter)


def destroys(dispatch: Dispatch, day: str) -> int:
    moment = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
    return destroy_old_evidence(dispatch.appeal.log, moment)


def test_before_the_appeal_is_sealed_it_has_no_end(handed_over: Dispatch) -> None:
    assert until(handed_over) is None
    assert destroys(handed_over, "2099-01-01") == 0
    assert handed_over.evidence()


def test_it_is_destroyed_on_the_day_and_not_before(handed_over: Dispatch) -> None:
    [kept] = [row["hash"] for row in handed_over.evidence()]
    seals(handed_over, "2026-07-01")
    assert until(handed_over) == "2031-07-01"
    assert destroys(handed_over, "2031-06-30") == 0
    with handed_over.appeal.database.read() as connection:
        assert past_its_time(connection, handed_over.appeal.log, "2031-06-30") == []
        assert past_its_time(connection, handed_over.appeal.log, "2031-07-01") == [handed_over.letter]
    assert destroys(handed_over, "2031-07-01") == 1
    assert handed_over.evidence() == []
    with handed_over.appeal.database.read() as connection, pytest.raises(NotFound):
        open_evidence(connection, handed_over.office.desk.keys, kept)
    assert destroys(handed_over, "2031-07-01") == 0


def test_a_leap_days_fifth_year_ends_on_the_first_of_march(handed_over: Dispatch) -> None:
    seals(handed_over, "2028-02-29")
    assert until(handed_over) == "2033-03-01"
