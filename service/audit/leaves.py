"""The public events of the log, one class each (docs/log_format.md sections 7.1 to 7.5)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from service.audit.fields import (
    BatchId,
    CampaignId,
    Commitment,
    CountryCounts,
    Day,
    Hash,
    KeyId,
    Language,
    Number,
    Origin,
    Slug,
    Slugs,
    Token,
    VKey,
)


def named_as(name: str) -> Any:
    """Gives a field the name that it has in the leaf, where Python keeps that word for itself."""
    return msgspec.field(name=name)


class Event(msgspec.Struct, kw_only=True, gc=False, forbid_unknown_fields=True, tag_field="type", tag=""):
    """What every event has: the version of its meaning and the day, the only time in the log."""

    v: Literal[1]
    day: Day


class LogOpened(Event, tag="log.opened"):
    """`log.opened`."""

    origin: Origin
    log_key: VKey
    promise_key: VKey


class KeyRotated(Event, tag="key.rotated"):
    """`key.rotated`."""

    role: Literal["log", "promise"]
    key: VKey
    replaces: KeyId
    reason: Literal["planned", "lost", "stolen"]


class DocumentRemoved(Event, tag="document.removed"):
    """`document.removed`."""

    document: Hash
    reason: Literal["court-order", "person", "rights", "unlawful", "mistake"]
    approvals: Number


class ExportMade(Event, tag="export.made"):
    """`export.made`."""

    campaign: CampaignId
    scope: Literal["names-addressee", "names-public", "counts", "audit-sample"]
    recipient: Literal["addressee", "auditor", "court", "organizer"]
    at_size: Number
    approvals: Number


class IncidentReported(Event, tag="incident.reported"):
    """`incident.reported`."""

    document: Hash
    class_: Literal["outage", "late-entry", "wrong-entry", "data-loss", "disclosure", "key"] = named_as("class")


class AuditReported(Event, tag="audit.reported"):
    """`audit.reported`."""

    campaign: CampaignId
    at_size: Number
    sampled: Number
    opened: Number
    unanswered: Number
    failed: Number
    document: Hash


class Rules(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What a campaign promises to keep to, fixed for its life (docs/log_format.md section 7.2)."""

    risk: Literal["ordinary", "at-risk"]
    unique: Literal["hmac/1"]
    batch_min: Number
    batch_max_s: Number
    retention: Literal["close+30d", "forget"]
    tally_min: Number


class CampaignOpened(Event, tag="campaign.opened"):
    """`campaign.opened`."""

    campaign: CampaignId
    text: Hash
    wording: Hash
    language: Language
    opens: Day
    closes: Day
    addressees: Slugs
    rules: Rules


class CampaignTextCorrected(Event, tag="campaign.text_corrected"):
    """`campaign.text_corrected`."""

    campaign: CampaignId
    text: Hash
    replaces: Hash


class CampaignTextReplaced(Event, tag="campaign.text_replaced"):
    """`campaign.text_replaced`."""

    campaign: CampaignId
    text: Hash
    replaces: Hash


class CampaignTranslationPublished(Event, tag="campaign.translation_published"):
    """`campaign.translation_published`."""

    campaign: CampaignId
    text: Hash
    language: Language
    document: Hash
    reviewed: Number


class CampaignWordingPublished(Event, tag="campaign.wording_published"):
    """`campaign.wording_published`."""

    campaign: CampaignId
    wording: Hash
    reviewed: Number


class CampaignExtended(Event, tag="campaign.extended"):
    """`campaign.extended`."""

    campaign: CampaignId
    closes: Day


class CampaignClosed(Event, tag="campaign.closed"):
    """`campaign.closed`."""

    campaign: CampaignId
    reason: Literal["date", "goal", "outcome", "organizer", "order"]


class CampaignReopened(Event, tag="campaign.reopened"):
    """`campaign.reopened`."""

    campaign: CampaignId
    closes: Day


class CampaignWithdrawn(Event, tag="campaign.withdrawn"):
    """`campaign.withdrawn`."""

    campaign: CampaignId
    reason: Literal["persons-request", "organizer", "order"]


class CampaignSealed(Event, tag="campaign.sealed"):
    """`campaign.sealed`."""

    campaign: CampaignId


class CampaignOutcomeRecorded(Event, tag="campaign.outcome_recorded"):
    """`campaign.outcome_recorded`."""

    campaign: CampaignId
    outcome: Literal["granted", "partly", "refused", "moot", "unknown"]
    document: Hash


class CampaignUpdatePosted(Event, tag="campaign.update_posted"):
    """`campaign.update_posted`."""

    campaign: CampaignId
    document: Hash


class SignatureRecorded(Event, tag="signature.recorded"):
    """`signature.recorded`."""

    campaign: CampaignId
    signature: Token
    commitment: Commitment
    text: Hash
    wording: Hash
    method: Literal["email/1"]


class SignatureRenewed(Event, tag="signature.renewed"):
    """`signature.renewed`."""

    campaign: CampaignId
    signature: Token
    commitment: Commitment
    text: Hash
    wording: Hash
    method: Literal["email/1"]


class SignatureWithdrawn(Event, tag="signature.withdrawn"):
    """`signature.withdrawn`."""

    campaign: CampaignId
    signature: Token


class SignatureInvalidated(Event, tag="signature.invalidated"):
    """`signature.invalidated`."""

    campaign: CampaignId
    signature: Token
    reason: Literal["duplicate-person", "automated", "forged", "throwaway-address", "bounced", "order"]
    batch: BatchId
    approvals: Number


class SignatureReinstated(Event, tag="signature.reinstated"):
    """`signature.reinstated`."""

    campaign: CampaignId
    signature: Token
    batch: BatchId
    approvals: Number


class TallyPublished(Event, tag="tally.published"):
    """`tally.published`."""

    campaign: CampaignId
    text: Hash
    at_size: Number
    active: Number
    outdated: Number
    withdrawn: Number
    invalidated: Number
    by_country: CountryCounts
    merged: Number
    erased: Number


class AddresseeRegistered(Event, tag="addressee.registered"):
    """`addressee.registered`."""

    addressee: Slug
    document: Hash


class AddresseeAmended(Event, tag="addressee.amended"):
    """`addressee.amended`."""

    addressee: Slug
    document: Hash
    replaces: Hash


class AddresseeVerified(Event, tag="addressee.verified"):
    """`addressee.verified`."""

    addressee: Slug
    document: Hash


class AddresseeRetired(Event, tag="addressee.retired"):
    """`addressee.retired`."""

    addressee: Slug
    reason: Literal["closed", "merged", "wrong"]


SignatureEvent = SignatureRecorded | SignatureRenewed | SignatureWithdrawn | SignatureInvalidated | SignatureReinstated
