"""One function per thing an organizer asks for: load, decide, save."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError

from service.campaigns.aggregate import Campaign, apply
from service.campaigns.commands import (
    CloseCampaign,
    ExtendCampaign,
    ReopenCampaign,
    SealCampaign,
    WithdrawCampaign,
)
from service.campaigns.events import CampaignEvent
from service.campaigns.exact import due_for_sealing, exact_row, followed
from service.clock import day_of
from service.errors import Busy, Refused
from service.eventlog.log import PetitionLog
from service.eventlog.waiting import append_waiting
from service.store.gates import hold_gate
from service.store.tables import campaign as campaign_table
from service.vault.campaign_keys import destroy_campaign_key

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


def reopen_campaign(command: ReopenCampaign, log: PetitionLog) -> None:
    """Take signatures again. :raises Refused: unless the appeal is closed, or the day is past."""
    _change(log, command.ref, command.now, lambda campaign, day: campaign.reopen(command.closes, day))


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


Forget = Callable[[sa.Connection, str, str, int], str | None]
FORGOTTEN_AT_ONCE = 5_000  # signatures in one transaction, so that others can write in between


def seal_campaign(command: SealCampaign, log: PetitionLog, forget: Forget) -> None:
    """Destroy what tells who signed, and the key that makes numbers of addresses; then say so in the log.

    `forget` deletes the rows of signers, at most so many after an id, and returns the last id, or nothing when no more
    are left: the signatures' room knows them. The event comes last, when it is true; who is interrupted begins again.

    :raises Refused: unless the appeal ended 30 days ago or earlier.
    """
    last: str | None = ""
    while last is not None:
        with log.transaction() as connection:
            found = exact_row(connection, command.ref)
            hold_gate(connection, found["number"])
            Campaign.load(found["id"], log.stream(found["id"])).seal(day_of(command.now))
            last = forget(connection, found["id"], last, FORGOTTEN_AT_ONCE)
    _change(log, command.ref, command.now, lambda campaign, day: campaign.seal(day))


def seal_due(log: PetitionLog, now: datetime, forget: Forget) -> int:
    """Seal what ended 30 days ago or earlier; return how many."""
    with log.database.read() as connection:
        refs = due_for_sealing(connection, now)
    sealed = 0
    for ref in refs:
        with suppress(Refused):  # reopened in the meantime
            seal_campaign(SealCampaign(ref, now), log, forget)
            sealed += 1
    return sealed


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
        if after.state == "sealed":
            destroy_campaign_key(connection, found["id"])
        changed = sa.update(campaign_table).where(campaign_table.c.id == found["id"])
        connection.execute(changed.values(followed(after)))
