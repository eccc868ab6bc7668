"""One function per thing an organizer asks for: load, decide, save."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError

from service.campaigns.aggregate import Campaign, apply
from service.campaigns.commands import CloseCampaign, ExtendCampaign, WithdrawCampaign
from service.campaigns.events import CampaignEvent
from service.campaigns.exact import exact_row
from service.clock import day_of
from service.errors import Busy, Refused
from service.eventlog.log import PetitionLog
from service.eventlog.waiting import append_waiting
from service.store.gates import hold_gate
from service.store.tables import campaign as campaign_table

TRIES_MAX = 3  # loading and deciding again after somebody else was first


def close_campaign(command: CloseCampaign, log: PetitionLog) -> None:
    """Append what waits, then the closing, in one transaction under the gate. :raises Refused: if it is not open."""
    _change(log, command.ref, command.now, lambda campaign, day: campaign.close(command.reason, day))


def extend_campaign(command: ExtendCampaign, log: PetitionLog) -> None:
    """Move the closing day. :raises Refused: if the appeal is not open, or the day is not later."""
    _change(log, command.ref, command.now, lambda campaign, day: campaign.extend(command.closes, day))


def withdraw_campaign(command: WithdrawCampaign, log: PetitionLog) -> None:
    """Append what waits, then take the appeal back. :raises Refused: unless it is open or closed."""
    _change(log, command.ref, command.now, lambda campaign, day: campaign.withdraw(command.reason, day))


def close_due(log: PetitionLog, now: datetime) -> int:
    """Close what passed its closing day, with reason ``date``; return how many.

    What was closed or extended in the meantime is left as it is.
    """
    due = sa.select(campaign_table.c.ref).where(campaign_table.c.state == "open", campaign_table.c.closes < day_of(now))
    with log.database.read() as connection:
        refs = connection.execute(due).scalars().all()
    closed = 0
    for ref in refs:
        with suppress(Refused):
            close_campaign(CloseCampaign(ref, "date", "worker", now), log)
            closed += 1
    return closed


Decide = Callable[[Campaign, str], CampaignEvent]


def _change(log: PetitionLog, ref: str, now: datetime, decide: Decide) -> None:
    for _ in range(TRIES_MAX):
        try:
            return _change_once(log, ref, now, decide)
        except IntegrityError:
            continue  # somebody else appended to the stream first: what is decided may be different now
    raise Busy


def _change_once(log: PetitionLog, ref: str, now: datetime, decide: Decide) -> None:
    """Append the event and write the exact row that follows from it.

    Nothing slips past an ending: whoever confirms shares the gate, so what waits was decided before this event. While
    the appeal stays open nothing is appended: at risk that would show a batch too small to hide in.
    """
    with log.transaction() as connection:
        found = exact_row(connection, ref)
        hold_gate(connection, found["number"])
        state = Campaign.load(found["id"], log.stream(found["id"]))
        event = decide(state, log.day(connection, now))
        after = apply(state, event)
        if after.state != "open":
            append_waiting(log, connection, found["id"])
        log.append(event, after.version)
        row = {"state": after.state, "text": after.text, "closes": after.closes}
        connection.execute(sa.update(campaign_table).where(campaign_table.c.id == found["id"]).values(row))
