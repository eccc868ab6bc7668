"""The rules for signatures (docs/log_format.md section 7.3)."""

from __future__ import annotations

from service.audit import leaves
from service.audit.campaigns import OPEN, SEALED, Campaign
from service.audit.counts import ACTIVE, INVALIDATED, WITHDRAWN, Status
from service.audit.days import DAY_S, days_between, monday_of
from service.audit.log import LastDays, Log, demand_approvals
from service.audit.problems import Refused

Signing = leaves.SignatureRecorded | leaves.SignatureRenewed
Changing = leaves.SignatureWithdrawn | leaves.SignatureInvalidated | leaves.SignatureReinstated


def recorded(log: Log, index: int, event: leaves.SignatureRecorded) -> None:
    """Applies `signature.recorded`. :raises Refused: if the token is in the log already, or signing is not allowed."""
    campaign = _may_sign(log, index, event)
    status = log.signatures.get(event.signature)
    if status is not None:
        found = _shown(status, event.campaign)
        raise Refused("signature", found, "not recorded before", "a signature is recorded once (section 7.3)")
    campaign.move(index, event.signature, Status(ACTIVE, event.text, event.campaign))


def renewed(log: Log, index: int, event: leaves.SignatureRenewed) -> None:
    """Applies `signature.renewed`. :raises Refused: unless it is active or withdrawn, not invalidated."""
    campaign = _may_sign(log, index, event)
    status = _in_state(log, event, ACTIVE, WITHDRAWN)
    if status.batch:
        message = "only reinstating ends an invalidation (section 7.3)"
        raise Refused("signature", f"invalidated by {status.batch}", "no invalidation", message)
    campaign.move(index, event.signature, Status(ACTIVE, event.text, event.campaign))


def withdrawn(log: Log, index: int, event: leaves.SignatureWithdrawn) -> None:
    """Applies `signature.withdrawn`. :raises Refused: unless it is active or invalidated."""
    campaign = _may_change(log, index, event)
    status = _in_state(log, event, ACTIVE, INVALIDATED)
    campaign.move(index, event.signature, status._replace(state=WITHDRAWN))


def invalidated(log: Log, index: int, event: leaves.SignatureInvalidated) -> None:
    """Applies `signature.invalidated`. :raises Refused: unless it is active and two people approved."""
    campaign = _may_change(log, index, event)
    status = _in_state(log, event, ACTIVE)
    demand_approvals(event.approvals)
    after = Status(INVALIDATED, status.text, event.campaign, event.batch, event.reason)
    campaign.move(index, event.signature, after)


def reinstated(log: Log, index: int, event: leaves.SignatureReinstated) -> None:
    """Applies `signature.reinstated`. :raises Refused: unless that batch invalidated it and two people approved."""
    campaign = _may_change(log, index, event)
    status = _in_state(log, event, INVALIDATED)
    if status.batch != event.batch:
        raise Refused("batch", event.batch, status.batch, "the batch that invalidated it (section 7.3)")
    demand_approvals(event.approvals)
    campaign.move(index, event.signature, Status(ACTIVE, status.text, event.campaign))


def _may_sign(log: Log, index: int, event: Signing) -> Campaign:
    campaign = log.campaign(event.campaign)
    if campaign.state != OPEN:
        raise Refused("campaign", campaign.state, OPEN, "signing needs an open campaign (section 7.3)")
    _check_day(log, index, campaign, event.day)
    if event.day > campaign.closes:
        raise Refused("day", event.day, f"{campaign.closes} or earlier", "not after the closing day (section 7.3)")
    if event.text not in campaign.texts.stands:
        message = "one signs the current text, or one that led to it by corrections alone (section 7.3)"
        raise Refused("text", event.text, sorted(campaign.texts.stands), message)
    if event.wording not in campaign.wordings:
        raise Refused("wording", event.wording, sorted(campaign.wordings), "a published wording (section 7.3)")
    return campaign


def _may_change(log: Log, index: int, event: Changing) -> Campaign:
    campaign = log.campaign(event.campaign)
    if campaign.state == SEALED:
        raise Refused("campaign", SEALED, "not sealed", "after sealing no signature changes (section 7.3)")
    _check_day(log, index, campaign, event.day)
    return campaign


def _check_day(log: Log, index: int, campaign: Campaign, day: str) -> None:
    if day < campaign.first_day:
        raise Refused("day", day, f"{campaign.first_day} or later", "not before the opening day (section 7.3)")
    if campaign.is_weekly and day != monday_of(day):
        raise Refused("day", day, monday_of(day), "with a period of a week the day is its Monday (section 7.3)")
    if log.last_days is not None and day > log.last_days.day:
        _check_cosigned(log, index, log.last_days, day)
    if day != log.newest_day:
        _check_late(log, index, campaign, day)


def _check_cosigned(log: Log, index: int, last: LastDays, day: str) -> None:
    expected = f"at most the day of {last.moment}"
    if day > last.with_grace:
        log.days_after_seen += 1
        message = "a witness saw the entry more than 15 minutes before its day began (section 7.3)"
        raise Refused("day", day, expected, message)
    log.problems.begin(index, "signature")
    log.problems.finding("day", day, expected, "a witness saw the entry a few minutes before its day (section 7.3)")


def _check_late(log: Log, index: int, campaign: Campaign, day: str) -> None:
    behind_s = days_between(day, log.newest_day) * DAY_S
    allowed_s = campaign.rules.batch_max_s + DAY_S
    if behind_s > allowed_s:
        log.problems.begin(index, "signature")
        message = f"late: at most {allowed_s} s behind the newest day in the log (section 7.3)"
        log.problems.finding("day", day, f"at most {allowed_s} s before {log.newest_day}", message)


def _in_state(log: Log, event: Signing | Changing, *states: str) -> Status:
    status = log.signatures.get(event.signature)
    if status is None or status.state not in states or status.campaign != event.campaign:
        found = _shown(status, event.campaign) if status is not None else "never recorded"
        raise Refused("signature", found, " or ".join(states), "a signature goes from state to state (section 7.3)")
    return status


def _shown(status: Status, campaign: str) -> str:
    return status.state if status.campaign == campaign else f"recorded in {status.campaign}"
