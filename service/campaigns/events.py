"""Facts about campaigns and tallies: docs/log_format.md sections 7.2 and 7.4."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from service.eventlog.base import CampaignId, Day, Event, Hash, Lang, N, Slug


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of a campaign, fixed for its life."""

    risk: Literal["ordinary", "at-risk"]
    unique: Literal["hmac/1"]
    batch_min: N
    batch_max_s: N
    retention: Literal["close+30d", "forget"]
    tally_min: N


class CampaignEvent(Event, frozen=True, kw_only=True):
    """An event of a campaign's stream."""

    campaign: CampaignId

    @property
    def stream(self) -> str:
        """Return the campaign's id."""
        return self.campaign


class CampaignOpened(CampaignEvent, frozen=True, kw_only=True, tag="campaign.opened"):
    """The appeal can be signed from `opens` to `closes`."""

    text: Hash
    wording: Hash
    language: Lang
    opens: Day
    closes: Day
    addressees: Annotated[list[Slug], msgspec.Meta(min_length=1, max_length=16)]
    rules: Rules


class TextCorrected(CampaignEvent, frozen=True, kw_only=True, tag="campaign.text_corrected"):
    """The text was corrected; signatures carry over."""

    text: Hash
    replaces: Hash


class TextReplaced(CampaignEvent, frozen=True, kw_only=True, tag="campaign.text_replaced"):
    """The text was replaced; signatures do not carry over."""

    text: Hash
    replaces: Hash


class TranslationPublished(CampaignEvent, frozen=True, kw_only=True, tag="campaign.translation_published"):
    """A translation of the current text was published, read by `reviewed` persons other than its translator."""

    text: Hash
    language: Lang
    document: Hash
    reviewed: N


class WordingPublished(CampaignEvent, frozen=True, kw_only=True, tag="campaign.wording_published"):
    """A corrected consent text was published."""

    wording: Hash
    reviewed: N


class CampaignExtended(CampaignEvent, frozen=True, kw_only=True, tag="campaign.extended"):
    """The closing day moved to a later one."""

    closes: Day


class CampaignClosed(CampaignEvent, frozen=True, kw_only=True, tag="campaign.closed"):
    """The appeal takes no more signatures."""

    reason: Literal["date", "goal", "outcome", "organizer", "order"]


class CampaignReopened(CampaignEvent, frozen=True, kw_only=True, tag="campaign.reopened"):
    """A closed appeal takes signatures again."""

    closes: Day


class CampaignWithdrawn(CampaignEvent, frozen=True, kw_only=True, tag="campaign.withdrawn"):
    """The appeal was taken back."""

    reason: Literal["persons-request", "organizer", "order"]


class CampaignSealed(CampaignEvent, frozen=True, kw_only=True, tag="campaign.sealed"):
    """The token key was destroyed and the personal data erased."""


class OutcomeRecorded(CampaignEvent, frozen=True, kw_only=True, tag="campaign.outcome_recorded"):
    """What became of the matter."""

    document: Hash
    outcome: Literal["granted", "partly", "refused", "moot", "unknown"]


class UpdatePosted(CampaignEvent, frozen=True, kw_only=True, tag="campaign.update_posted"):
    """News of the appeal was published."""

    document: Hash


class TallyPublished(CampaignEvent, frozen=True, kw_only=True, tag="tally.published"):
    """Counts by country, under the small-cell and step rules."""

    text: Hash
    at_size: N
    active: N
    outdated: N
    withdrawn: N
    invalidated: N
    by_country: dict[str, N]
    merged: N
    erased: N
