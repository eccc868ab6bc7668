"""Drafts: letters that a milestone or a missing answer calls for, raised once, sent by nobody unasked."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.campaigns.queries import CampaignView, campaign_by_id
from service.eventlog.log import PetitionLog
from service.letters.approval import load_letter
from service.letters.events import LetterDrafted
from service.letters.tables import letter_draft
from service.readmodel.tables import live

OVERDUE = "overdue"  # the milestone of a reminder
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Call:
    """What calls for a letter: the milestone, the letter's id in appeal.toml, and which time it is."""

    milestone: str
    slot: str
    occasion: str = ""


@dataclass(frozen=True)
class DraftView:
    """A draft that nobody has composed yet."""

    letter: str
    ref: str
    milestone: str
    slot: str
    occasion: str
    addressee: str
    at_size: int
    day: str


def new_letter_id() -> str:
    """Return a new random id of a letter."""
    return "l_" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


def raise_draft(connection: sa.Connection, log: PetitionLog, campaign: CampaignView, call: Call, now: datetime) -> bool:
    """Raise a draft inside a running `log.transaction()`; return whether it is the first of its call."""
    slot = _slot(campaign, call.slot)
    day = log.day(connection, now)
    size = int(connection.execute(sa.select(live.progress.c.log_size)).scalar() or 0)
    row: dict[str, Any] = {
        "campaign": campaign.id,
        "milestone": call.milestone,
        "slot": call.slot,
        "occasion": call.occasion,
    }
    row |= {"letter": new_letter_id(), "at_size": size, "day": day}
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    raised = insert(letter_draft).values(row).on_conflict_do_nothing().returning(letter_draft.c.letter)
    if connection.execute(raised).first() is None:
        return False
    event = LetterDrafted(
        day=day, letter=row["letter"], campaign=campaign.id, addressee=slot["addressee"], kind=slot["kind"]
    )
    log.append(event, 1)
    return True


def has_slot(campaign: CampaignView, slot: str) -> bool:
    """Return whether the appeal has such a letter, and all that it needs is known."""
    return any(one["id"] == slot and not one.get("needs") for one in campaign.settings["letters"])


def drafts(connection: sa.Connection, log: PetitionLog) -> list[DraftView]:
    """Return the drafts that wait to be composed, the oldest first."""
    rows = connection.execute(sa.select(letter_draft).order_by(letter_draft.c.day, letter_draft.c.letter)).mappings()
    found = []
    for row in rows.all():
        letter = load_letter(log, row["letter"])
        if letter.state == "draft" and letter.drafted is not None:
            ref = campaign_by_id(connection, row["campaign"]).ref
            values = {name: row[name] for name in ("letter", "milestone", "slot", "occasion", "at_size", "day")}
            found.append(DraftView(ref=ref, addressee=letter.drafted.addressee, **values))
    return found


def _slot(campaign: CampaignView, slot: str) -> dict[str, Any]:
    return next(one for one in campaign.settings["letters"] if one["id"] == slot)
