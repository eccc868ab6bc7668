"""What organizers ask for, with who asked and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RemovalReason = Literal["court-order", "person", "rights", "unlawful", "mistake"]


@dataclass(frozen=True)
class OpenCampaign:
    """Open an imported appeal for signatures."""

    ref: str
    actor: str
    now: datetime
    demonstration: bool = False
    at_risk: bool = False  # of a demonstration: keep the appeal's own risk and rules


@dataclass(frozen=True)
class CloseCampaign:
    """Take no more signatures."""

    ref: str
    reason: str  # date | goal | outcome | organizer | order
    actor: str
    now: datetime


@dataclass(frozen=True)
class ExtendCampaign:
    """Move the closing day to a later one."""

    ref: str
    closes: str
    actor: str
    now: datetime


@dataclass(frozen=True)
class WithdrawCampaign:
    """Take the appeal back."""

    ref: str
    reason: str  # persons-request | organizer | order
    actor: str
    now: datetime


@dataclass(frozen=True)
class PauseCampaign:
    """Stop signing or mail for a while."""

    ref: str
    what: str  # signing | mail
    actor: str
    now: datetime


@dataclass(frozen=True)
class ResumeCampaign:
    """Take up again what was stopped."""

    ref: str
    what: str  # signing | mail
    actor: str
    now: datetime


@dataclass(frozen=True)
class SealCampaign:
    """Destroy what tells who signed an appeal that is over."""

    ref: str
    now: datetime


@dataclass(frozen=True)
class PublishTally:
    """Publish what may be shown of the countries now."""

    ref: str
    now: datetime


@dataclass(frozen=True)
class TakeDocumentDown:
    """Drop a document's words; its hash and the reason stay."""

    document: str
    reason: RemovalReason
    approvals: int  # how many people
    now: datetime
