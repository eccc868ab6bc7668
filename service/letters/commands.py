"""What organizers and the worker ask of letters and addressees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class ComposeLetter:
    """Compose one of an appeal's letters at the present size of the log."""

    campaign_ref: str
    letter: str  # the letter's id in appeal.toml, such as L1
    actor: str
    now: datetime
    again: str = ""  # the id of a letter composed before that is composed anew; "": a new letter


@dataclass(frozen=True)
class RegisterAddressee:
    """Enter an office in the register, or its changed record; `verified`: two people checked it."""

    record: dict[str, Any]  # what is archived
    verified: bool
    now: datetime


@dataclass(frozen=True)
class RetireAddressee:
    """Write to an office no more."""

    addressee: str
    reason: Literal["closed", "wrong"]
    now: datetime


@dataclass(frozen=True)
class MergeAddressees:
    """Write to the office `into` in place of the office `old`, which became a part of it or stands there twice."""

    old: str
    into: str
    now: datetime
