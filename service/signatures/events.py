"""Facts about signatures: docs/log_format.md section 7.3."""

from __future__ import annotations

from typing import Literal

from service.eventlog.base import BatchId, CampaignId, Commitment, Event, Hash, N, Token

FalseReason = Literal["duplicate-person", "automated", "forged", "throwaway-address", "bounced", "order"]


class SignatureEvent(Event, frozen=True, kw_only=True):
    """An event of a signature's stream."""

    campaign: CampaignId
    signature: Token

    @property
    def stream(self) -> str:
        """Return the signature's id."""
        return self.signature


class SignatureRecorded(SignatureEvent, frozen=True, kw_only=True, tag="signature.recorded"):
    """Somebody signed this text, under this consent."""

    commitment: Commitment
    text: Hash
    wording: Hash
    method: Literal["email/1"]


class SignatureRenewed(SignatureEvent, frozen=True, kw_only=True, tag="signature.renewed"):
    """The same person signed again: after withdrawing, or a text that replaced the first."""

    commitment: Commitment
    text: Hash
    wording: Hash
    method: Literal["email/1"]


class SignatureWithdrawn(SignatureEvent, frozen=True, kw_only=True, tag="signature.withdrawn"):
    """The person took the signature back."""


class SignatureInvalidated(SignatureEvent, frozen=True, kw_only=True, tag="signature.invalidated"):
    """Two people found the signature to be false."""

    reason: FalseReason
    batch: BatchId
    approvals: N


class SignatureReinstated(SignatureEvent, frozen=True, kw_only=True, tag="signature.reinstated"):
    """An invalidation was taken back."""

    batch: BatchId
    approvals: N
