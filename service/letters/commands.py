"""What organizers and the worker ask of letters and addressees."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

CounselOn = Literal["review", "names"]
Outcome = Literal["interim", "answer", "refusal", "transfer", "correction"]
Channel = Literal["email", "post", "kep", "web_form", "by_hand"]


@dataclass(frozen=True)
class ComposeLetter:
    """Compose one of an appeal's letters at the present size of the log."""

    campaign_ref: str
    letter: str  # the letter's id in appeal.toml, such as L1
    actor: str  # an account's random id, or who else: kept beside the letter, never in the log
    now: datetime
    again: str = ""  # the id of a letter composed before that is composed anew; "": a new letter
    names: bool = False  # with an annex B of those who let the addressee know their name


@dataclass(frozen=True)
class RegisterAddressee:
    """Enter an office in the register, or its changed record; `verified`: two people checked it."""

    record: dict[str, Any]  # what is archived
    verified: bool
    now: datetime


@dataclass(frozen=True)
class VerifyAddressee:
    """State that two people checked an office's record."""

    addressee: str
    document: str  # hash of the record that they checked
    approvals: int  # how many people
    now: datetime


@dataclass(frozen=True)
class RetireAddressee:
    """Write to an office no more."""

    addressee: str
    reason: Literal["closed", "wrong"]
    now: datetime


@dataclass(frozen=True)
class ApproveLetter:
    """Approve a letter as it was last composed."""

    letter: str
    pdf: str  # hash of what was approved
    approvers: frozenset[str]  # their accounts' random ids: compared with who wrote and composed it, never in the log
    now: datetime


@dataclass(frozen=True)
class SendLetter:
    """Queue an approved letter for e-mail."""

    letter: str
    actor: str  # an account's random id
    now: datetime


@dataclass(frozen=True)
class RecallLetter:
    """Take a letter out of the queue before its hand-over begins."""

    letter: str
    now: datetime


@dataclass(frozen=True)
class ResolveLetter:
    """State what two people found out about a letter of which nobody knew whether it went."""

    letter: str
    attempt: int  # the one that they looked into
    went: bool
    found: str  # what shows it, in their words: sealed
    approvals: int
    now: datetime


@dataclass(frozen=True)
class Scan:
    """A scanned paper or a saved page."""

    content: bytes
    media_type: str  # application/pdf image/png image/jpeg; of an answer also text/plain

    def as_fields(self) -> dict[str, str]:
        """Return it as fields of a record to be sealed."""
        return {"content": base64.b64encode(self.content).decode(), "media_type": self.media_type}


@dataclass(frozen=True)
class RecordCounsel:
    """State that counsel read a court's letter, or consents to naming signers at risk in one."""

    letter: str
    about: CounselOn
    who: str  # counsel's name, and how they said so: sealed
    scan: Scan | None  # their own paper, if there is one
    actor: str  # an account's random id
    now: datetime


@dataclass(frozen=True)
class AllowNames:
    """Let a letter name signers at risk, once counsel consented to it."""

    letter: str
    words: str  # hash of the words that two people saw: counsel.py
    approvals: int  # how many people
    now: datetime


@dataclass(frozen=True)
class HandOverLetter:
    """State that a person carried the letter to its office, and what they brought back."""

    letter: str
    channel: Channel
    receipt: str
    day: str  # on which it happened
    scan: Scan | None
    actor: str  # an account's random id
    now: datetime


@dataclass(frozen=True)
class AcknowledgeLetter:
    """State that the office confirmed the letter."""

    letter: str
    number: str  # the office's file number: sealed
    day: str  # on which it was given
    scan: Scan | None
    actor: str
    now: datetime


@dataclass(frozen=True)
class AnswerLetter:
    """State that the office answered."""

    letter: str
    outcome: Outcome
    document: Scan
    day: str  # on which it came
    actor: str
    now: datetime


@dataclass(frozen=True)
class ReleaseAnswer:
    """Show a version of an answer to everybody."""

    letter: str
    version: int


@dataclass(frozen=True)
class DropLetter:
    """State that the letter will not be sent."""

    letter: str
    reason: Literal["abandoned", "replaced"]
    now: datetime


@dataclass(frozen=True)
class MergeAddressees:
    """Write to the office `into` in place of the office `old`, which became a part of it or stands there twice."""

    old: str
    into: str
    now: datetime
