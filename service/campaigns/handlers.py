"""One function per thing an organizer asks for: load, decide, save."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError

from service.campaigns.aggregate import Campaign
from service.campaigns.commands import CloseCampaign, ExtendCampaign, WithdrawCampaign
from service.campaigns.events import CampaignEvent
from service.campaigns.exact import exact_row
from service.clock import day_of
from service.errors import Busy
from service.eventlog.log import PetitionLog
from service.eventlog.waiting import append_waiting
from service.store.gates import hold_gate
from service.store.tables import campaign as campaign_table

TRIES_MAX = 3  # loading and deciding again after somebody else was first


def close_campaign(command: CloseCampaign, log: PetitionLog) -> None:
    """Append what waits, then the closing, in one transaction under the gate. :raises Refused: if it is not open."""
    _change(log, command.ref, command.now, lambda campaign, day: campaign.close(command.reason, day), state="closed")


def extend_campaign(command: ExtendCampaign, log: PetitionLog) -> None:
    """Move the closing day. :raises Refused: if the appeal is not open, or the day is not later."""
    decide: Decide = lambda campaign, day: campaign.extend(command.closes, day)  # noqa: E731
    _change(log, command.ref, command.now, decide, closes=command.closes)


def withdraw_campaign(command: WithdrawCampaign, log: PetitionLog) -> None:
    """Append what waits, then take the appeal back. :raises Refused: unless it is open or closed."""
    _change(
        log, command.ref, command.now, lambda campaign, day: campaign.withdraw(command.reason, day), state="withdrawn"
    )


def close_due(log: PetitionLog, now: datetime) -> int:
    """Close what passed its closing day, with reason ``date``; return how many."""
    due = sa.select(campaign_table.c.ref).where(campaign_table.c.state == "open", campaign_table.c.closes < day_of(now))
    with log.database.read() as connection:
        refs = connection.execute(due).scalars().all()
    for ref in refs:
        close_campaign(CloseCampaign(ref, "date", "worker", now), log)
    return len(refs)


Decide = Callable[[Campaign, str], CampaignEvent]


def _change(log: PetitionLog, ref: str, now: datetime, decide: Decide, **row: str) -> None:
    for _ in range(TRIES_MAX):
        try:
            return _change_once(log, ref, now, decide, row)
        except IntegrityError:
            continue  # somebody else appended to the stream first: what is decided may be different now
    raise Busy


def _change_once(log: PetitionLog, ref: str, now: datetime, decide: Decide, row: dict[str, str]) -> None:
    """Nothing slips past: whoever confirms shares the gate, so what waits was decided before this event."""
    with log.transaction() as connection:
        found = exact_row(connection, ref)
        hold_gate(connection, found["number"])
        state = Campaign.load(found["id"], log.stream(found["id"]))
        event = decide(state, log.day(connection, now))
        append_waiting(log, connection, found["id"])
        log.append(event, state.version + 1)
        connection.execute(sa.update(campaign_table).where(campaign_table.c.id == found["id"]).values(**row))
