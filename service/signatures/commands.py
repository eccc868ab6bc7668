"""What supporters ask for, with the moment at which they asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.signatures.events import FalseReason

NAMED = ("addressee", "public")  # choices with which a letter's addressee is told the name


@dataclass(frozen=True)
class SignCampaign:
    """Sign the text of an appeal; a mail asks for confirmation."""

    ref: str
    full_name: str
    email: str  # as typed: mail goes there
    norm: str  # the address as compared
    country: str | None
    disclosure: str  # counted | addressee | public
    text: str  # hash of the text that the form showed
    language: str
    now: datetime
    news: bool = False  # a consent of its own; none is asked for at risk


@dataclass(frozen=True)
class ConfirmSignature:
    """Press the button behind the mailed link, or type the mailed code."""

    pending_id: str
    mine_token: str  # of the page that the answer leads to
    keep_opening: bool
    now: datetime


@dataclass(frozen=True)
class RenewSignature:
    """Stand for the text that replaced the one that was signed."""

    pending_id: str
    mine_token: str  # of the page that the answer leads to
    text: str  # hash of the text that the page showed
    wording: str  # of the consent text that it showed
    now: datetime


@dataclass(frozen=True)
class WithdrawSignature:
    """Take the signature back, erase who signed, or both."""

    mine_token: str
    withdraw: bool
    erase: bool
    now: datetime


@dataclass(frozen=True)
class ChangeDisclosure:
    """Choose anew who may see the name."""

    mine_token: str
    disclosure: str


@dataclass(frozen=True)
class JudgeSignatures:
    """Find a list of signatures false, or take such a decision back: the list, and the figures when it was asked."""

    campaign: str
    batch: str  # the decision's id; to take one back: the id of that one
    reason: FalseReason | None  # none: it is taken back
    entries: Sequence[int]  # of the log, on which the signatures stand
    at_size: int
    active: int  # standing for the current text, at that size
    chosen: Sequence[tuple[int, str, int, str]] = ()  # worked out of the log: entry, signature, its version and text
    left_out: Mapping[str, int] = field(default_factory=dict)  # how many of the list, by why
