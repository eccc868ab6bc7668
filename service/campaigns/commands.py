"""What organizers ask for, with who asked and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

RemovalReason = Literal["court-order", "person", "rights", "unlawful", "mistake"]


@dataclass(frozen=True)
class Draft:
    """An appeal as imported: its tables, its texts by language and its letters' wordings by kind and language.

    Each text and wording has `fields`, `body` and `writers`: the accounts' ids that wrote it, if they are known.
    """

    appeal: dict[str, Any]
    texts: dict[str, dict[str, Any]]
    wordings: dict[str, dict[str, Any]]


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
class ChangeText:
    """Correct or replace the text of an open appeal by the one of a folder, with its translations."""

    ref: str
    change: Literal["correct", "replace"]
    draft: Draft
    languages: frozenset[str]  # translations that are taken; empty: all
    consent_reviewed: int  # persons who read the consent text, if that changed too
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
class PublishTranslation:
    """Keep a translation of the current text, and publish it if somebody but the translator has read it."""

    ref: str
    fields: dict[str, Any]
    body: str
    reviewed: int
    actor: str
    now: datetime
    writers: frozenset[str] = frozenset()  # the accounts' ids that wrote it, if they are known


@dataclass(frozen=True)
class PublishWording:
    """Use the consent text of this version of the product."""

    ref: str
    reviewed: int
    actor: str
    now: datetime


@dataclass(frozen=True)
class ReopenCampaign:
    """Take signatures again for an appeal that was closed."""

    ref: str
    closes: str
    actor: str
    now: datetime


@dataclass(frozen=True)
class PostUpdate:
    """Publish news of an appeal: the head of its file and its Markdown."""

    ref: str
    fields: dict[str, Any]
    body: str
    actor: str
    now: datetime
    translations: tuple[tuple[dict[str, Any], str], ...] = ()  # head and Markdown of each


@dataclass(frozen=True)
class RecordOutcome:
    """Say what became of the matter, with a document that tells it."""

    ref: str
    outcome: str  # granted | partly | refused | moot | unknown
    fields: dict[str, Any]
    body: str
    actor: str
    now: datetime
    translations: tuple[tuple[dict[str, Any], str], ...] = ()


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
