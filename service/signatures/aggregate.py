"""What may become of one signature: decides, and never refuses what already happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from service.errors import Refused
from service.signatures.events import (
    FalseReason,
    SignatureEvent,
    SignatureInvalidated,
    SignatureRecorded,
    SignatureReinstated,
    SignatureRenewed,
    SignatureWithdrawn,
)

APPROVALS_MIN = 2  # docs/log_format.md section 7.3


@dataclass(frozen=True)
class Consented:
    """What a confirmation states: fixed before the leaf is made."""

    campaign: str
    signature: str
    commitment: str
    text: str
    wording: str
    day: str


@dataclass(frozen=True)
class Decision:
    """What several people decided about many signatures at once: that they are false, or that they are not."""

    batch: str  # the decision's id; to take one back: the id of that one
    reason: FalseReason | None  # none: an earlier decision is taken back
    approvals: int
    day: str

    def demand_two_people(self) -> None:
        """Refuse what one person alone decided (DESIGN.md invariant 11)."""
        if self.approvals < APPROVALS_MIN:
            raise Refused("Two different people have to agree on what becomes of other people's signatures.")


@dataclass(frozen=True)
class Signature:
    """One person's signature in one campaign, as it is once what waits is appended."""

    id: str
    campaign: str
    state: str = "none"  # none active withdrawn invalidated
    text: str = ""
    version: int = 0
    invalidation: str = ""  # the batch that stands, if any

    def confirm(self, consented: Consented, stands: bool) -> SignatureEvent | None:
        """Return the event of a confirmation: recorded, renewed, or none where it changes nothing.

        Nothing changes if the text that it names `stands` for the current one already, or while an invalidation
        stands, which only reinstating ends (docs/log_format.md section 7.3).
        """
        if self.state == "none":
            return SignatureRecorded(method="email/1", **vars(consented))
        if self.invalidation or (self.state == "active" and stands):
            return None
        return SignatureRenewed(method="email/1", **vars(consented))

    def withdraw(self, day: str) -> SignatureWithdrawn:
        """Return the event of taking it back. :raises Refused: if it is not active or invalidated."""
        if self.state not in ("active", "invalidated"):
            raise Refused("This signature is withdrawn already.")
        return SignatureWithdrawn(day=day, campaign=self.campaign, signature=self.id)

    def invalidate(self, decision: Decision) -> SignatureInvalidated:
        """Return the event of finding it false. :raises Refused: if it is not active, or one person decided alone."""
        decision.demand_two_people()
        if self.state != "active" or decision.reason is None:
            raise Refused("Only a signature that is active can be found to be false.")
        return SignatureInvalidated(
            day=decision.day, campaign=self.campaign, signature=self.id, reason=decision.reason, batch=decision.batch,
            approvals=decision.approvals,
        )  # fmt: skip

    def reinstate(self, decision: Decision) -> SignatureReinstated:
        """Return the event of taking a decision back.

        :raises Refused: if that batch does not stand (who withdrew since stays withdrawn), or one person decided alone.
        """
        decision.demand_two_people()
        if (self.state, self.invalidation) != ("invalidated", decision.batch):
            raise Refused("Only a signature that this batch invalidated can be reinstated by taking it back.")
        return SignatureReinstated(
            day=decision.day, campaign=self.campaign, signature=self.id, batch=decision.batch,
            approvals=decision.approvals,
        )  # fmt: skip


def apply(state: Signature, event: SignatureEvent) -> Signature:
    """Return the signature after an event, whatever the rules of today are."""
    changes: dict[str, Any] = {"version": state.version + 1}
    match event:
        case SignatureRecorded() | SignatureRenewed():
            changes |= {"state": "active", "text": event.text}
        case SignatureWithdrawn():
            changes |= {"state": "withdrawn"}
        case SignatureInvalidated():
            changes |= {"state": "invalidated", "invalidation": event.batch}
        case SignatureReinstated():
            changes |= {"state": "active", "invalidation": ""}
    return replace(state, **changes)
