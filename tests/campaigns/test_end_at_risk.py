"""At risk only an ending shows a batch that is too small to hide in; a later closing day shows nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from service.campaigns.commands import CloseCampaign, ExtendCampaign, WithdrawCampaign
from service.campaigns.handlers import close_campaign, close_due, extend_campaign, withdraw_campaign
from service.errors import CampaignNotOpen, Refused
from tests.signatures.conftest import Signing


def closes(signing: Signing) -> None:
    close_campaign(CloseCampaign("test", "order", "test", signing.clock.now()), signing.log)


def is_withdrawn(signing: Signing) -> None:
    withdraw_campaign(WithdrawCampaign("test", "persons-request", "test", signing.clock.now()), signing.log)


def passes_its_day(signing: Signing) -> None:
    signing.clock.moment = signing.clock.moment.fromisoformat(f"{signing.campaign.closes}T00:00:00+00:00")
    assert close_due(signing.log, signing.clock.now()) == 0
    signing.clock.moment += timedelta(days=1)
    assert close_due(signing.log, signing.clock.now()) == 1


def extends(signing: Signing, day: str = "2027-01-31") -> None:
    extend_campaign(ExtendCampaign("test", day, "test", signing.clock.now()), signing.log)


@pytest.mark.parametrize("ends", [closes, is_withdrawn, passes_its_day])
def test_an_ending_first_appends_what_waits_however_few_they_are(
    at_risk: Signing, ends: Callable[[Signing], None]
) -> None:
    at_risk.joins()
    at_risk.joins()
    assert at_risk.records() == 0
    ends(at_risk)
    topics = [entry.topic for entry in at_risk.log.entries(0, 100)]
    assert topics[-3:-1] == ["signature.recorded"] * 2
    assert topics[-1] in ("campaign.closed", "campaign.withdrawn")
    at_risk.records()
    assert at_risk.counts()["active"] == 2


def test_a_withdrawal_that_waits_is_in_the_log_before_the_appeal_is_taken_back(signing: Signing) -> None:
    page = signing.joins()
    signing.records()
    closes(signing)
    signing.leaves(page)
    is_withdrawn(signing)
    assert [entry.topic for entry in signing.log.entries(0, 100)][-3:] == [
        "campaign.closed", "signature.withdrawn", "campaign.withdrawn",
    ]  # fmt: skip


def test_extending_appends_nothing_of_what_waits(at_risk: Signing) -> None:
    at_risk.joins()
    extends(at_risk)
    assert at_risk.topics() == []
    assert at_risk.campaign.closes == "2027-01-31"
    closes(at_risk)
    assert at_risk.topics() == ["signature.recorded"]


def test_the_row_is_what_the_stream_says_after_everything_that_happens(signing: Signing) -> None:
    extends(signing)
    assert (signing.campaign.state, signing.campaign.closes) == ("open", "2027-01-31")
    closes(signing)
    assert (signing.campaign.state, signing.campaign.closes) == ("closed", "2027-01-31")
    is_withdrawn(signing)
    assert (signing.campaign.state, signing.campaign.closes) == ("withdrawn", "2027-01-31")


def test_a_refusal_changes_neither_the_row_nor_the_log(at_risk: Signing) -> None:
    at_risk.joins()
    before = at_risk.campaign, at_risk.log.entries(0, 100)
    with pytest.raises(Refused, match="choose a later day"):
        extends(at_risk, at_risk.campaign.closes)
    with pytest.raises(Refused, match="last day is not over"):
        close_campaign(CloseCampaign("test", "date", "worker", at_risk.clock.now()), at_risk.log)
    assert (at_risk.campaign, at_risk.log.entries(0, 100)) == before


def test_a_confirmation_after_an_ending_is_refused_with_the_reason(at_risk: Signing) -> None:
    link = at_risk.signs()
    closes(at_risk)
    with pytest.raises(CampaignNotOpen):
        at_risk.confirms(link)
    assert at_risk.topics() == []
