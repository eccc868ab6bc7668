"""Milestones: rules of the appeal that call for letters. Each raises its drafts once (LETTERS.md section 9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.campaigns.queries import CampaignView, campaigns, counts
from service.eventlog.log import PetitionLog
from service.letters.approval import load_letter
from service.letters.drafts import Call, has_slot, raise_draft
from service.letters.queries import letters_of
from service.letters.tables import letter_draft

ONGOING = ("open", "closed")  # after closing letters go on
UNANSWERED = ("handed_over", "accepted", "acknowledged", "overdue")


def raise_due(log: PetitionLog, now: datetime) -> int:
    """Raise the drafts of every milestone that holds now and was not raised before; return how many.

    Figures are those of the read models, so at risk a milestone is reached with a batch and not with a person.
    """
    raised = 0
    with log.database.read() as connection:
        ongoing = [campaign for campaign in campaigns(connection) if campaign.state in ONGOING]
        calls = [(campaign, _new_calls(connection, log, campaign, now)) for campaign in ongoing]
    for campaign, new in calls:
        if new:
            with log.transaction() as connection:
                raised += sum(raise_draft(connection, log, campaign, call, now) for call in new)
    return raised


def _new_calls(connection: sa.Connection, log: PetitionLog, campaign: CampaignView, now: datetime) -> list[Call]:
    before = sa.select(letter_draft).where(letter_draft.c.campaign == campaign.id)
    known = {Call(row.milestone, row.slot, row.occasion) for row in connection.execute(before)}
    called = [
        Call(milestone["id"], slot, occasion)
        for milestone in campaign.settings.get("milestones", [])
        for slot in milestone["letters"]
        if has_slot(campaign, slot)
        for occasion in _occasions(connection, log, campaign, (milestone["when"], slot, now.date()))
    ]
    return [call for call in called if call not in known]


def _occasions(
    connection: sa.Connection, log: PetitionLog, campaign: CampaignView, asked: tuple[dict[str, Any], str, date]
) -> Iterator[str]:
    """Yield which time of a milestone it is for one of its letters, or nothing if it does not hold."""
    when, slot, today = asked
    if "confirmed" in when:
        if counts(connection, campaign.id).active >= when["confirmed"]:
            yield ""
    elif "before" in when:
        day = _known_day(campaign, when["before"])
        if day is not None and day - timedelta(days=when["days"]) <= today <= day:
            yield ""
    elif "every_days" in when:
        times = (today - date.fromisoformat(campaign.opens)).days // when["every_days"]
        if times > 0 and campaign.state == "open":
            yield str(times)
    elif "unanswered_days" in when:
        yield from _unanswered(connection, log, (campaign, slot), today - timedelta(days=when["unanswered_days"]))


def _known_day(campaign: CampaignView, name: str) -> date | None:
    """Return the day that a milestone is counted back from: the closing day, or a date of the appeal if it is exact."""
    written = campaign.closes if name == "closes" else campaign.settings.get("dates", {}).get(name, "")
    return date.fromisoformat(written) if len(written) == len("YYYY-MM-DD") else None


def _unanswered(
    connection: sa.Connection, log: PetitionLog, of: tuple[CampaignView, str], latest: date
) -> Iterator[str]:
    """Yield the last letter of a slot if it went by a day and nothing came back."""
    campaign, slot = of
    sent = [one for one in letters_of(connection, campaign.id) if one.reference == f"{campaign.ref}/{slot}"]
    newest = next((one for one in sent if one.state not in ("dropped", "composed", "approved")), None)
    if newest is not None and newest.state in UNANSWERED:
        went = load_letter(log, newest.id).handed_over_day
        if date.fromisoformat(went) <= latest:
            yield newest.id
