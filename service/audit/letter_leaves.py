"""The public events of letters, one class each (docs/log_format.md section 7.6)."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from service.audit.fields import CampaignId, Commitment, Day, Engine, Hash, Language, LetterId, Number, Slug
from service.audit.leaves import Event, named_as


class LetterComposed(Event, tag="letter.composed"):
    """`letter.composed`."""

    letter: LetterId
    campaign: CampaignId
    addressee: Slug
    record: Hash
    kind: Literal["ministry_petition", "court_open_letter", "embassy_copy", "un_communication", "parliament"]
    language: Language
    at_size: Number
    text: Hash
    active: Number
    input: Hash
    template: Hash
    fonts: Hash
    engine: Engine
    pdf: Hash
    pdf_bytes: Number
    plain: Hash
    annex: Hash
    named: Number
    names: Commitment | UnsetType = UNSET


class LetterApproved(Event, tag="letter.approved"):
    """`letter.approved`."""

    letter: LetterId
    approvals: Number
    pdf: Hash


class LetterHandedOver(Event, tag="letter.handed_over"):
    """`letter.handed_over`."""

    letter: LetterId
    channel: Literal["email", "post", "kep", "web_form", "by_hand"]
    attempt: Number
    evidence: Hash
    named: Number
    names: Commitment | UnsetType = UNSET
    approvals: Number | UnsetType = UNSET


class LetterFailed(Event, tag="letter.failed"):
    """`letter.failed`."""

    letter: LetterId
    attempt: Number
    class_: Literal["temporary", "permanent"] = named_as("class")


class LetterUncertain(Event, tag="letter.uncertain"):
    """`letter.uncertain`."""

    letter: LetterId
    attempt: Number


class LetterAccepted(Event, tag="letter.accepted"):
    """`letter.accepted`."""

    letter: LetterId
    evidence: Hash


class LetterBounced(Event, tag="letter.bounced"):
    """`letter.bounced`."""

    letter: LetterId
    evidence: Hash


class LetterAcknowledged(Event, tag="letter.acknowledged"):
    """`letter.acknowledged`."""

    letter: LetterId
    evidence: Hash


class LetterAnswered(Event, tag="letter.answered"):
    """`letter.answered`."""

    letter: LetterId
    outcome: Literal["interim", "answer", "refusal", "transfer", "correction"]
    version: Number
    document: Hash


class LetterOverdue(Event, tag="letter.overdue"):
    """`letter.overdue`."""

    letter: LetterId
    due: Day


class LetterDropped(Event, tag="letter.dropped"):
    """`letter.dropped`."""

    letter: LetterId
    reason: Literal["abandoned", "replaced"]
