"""What a page shows to whoever may renew: what changed, and what they agree to by pressing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from service.campaigns.queries import (
    CampaignView,
    Difference,
    TextView,
    consent_text,
    standing_text,
    text_difference,
)


@dataclass(frozen=True)
class RenewalOffer:
    """The two texts, the consent, and the campaign with the hashes that the form sends back."""

    campaign: CampaignView
    text: TextView
    difference: Difference | None
    consent: str


def renewal_offer(connection: sa.Connection, campaign: CampaignView, signed: str, language: str) -> RenewalOffer:
    """Return what is offered to somebody who signed an earlier text. :raises DocumentGone: if it cannot be read."""
    return RenewalOffer(
        campaign,
        standing_text(connection, campaign, language),
        text_difference(connection, signed, campaign.text),
        consent_text(connection, campaign.wording, language),
    )


def shows_current(campaign: CampaignView, posted: Mapping[str, str]) -> bool:
    """Return whether the form that was sent had shown the current text and consent text."""
    return (posted["text"], posted["wording"]) == (campaign.text, campaign.wording)
