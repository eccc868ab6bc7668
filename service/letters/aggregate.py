"""A letter and an addressee: what may happen to them, and what each event makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from service.errors import Refused
from service.letters.events import (
    AddresseeAmended,
    AddresseeEvent,
    AddresseeRegistered,
    AddresseeRetired,
    AddresseeVerified,
    CounselOn,
    LetterAccepted,
    LetterAcknowledged,
    LetterAnswered,
    LetterApproved,
    LetterBounced,
    LetterComposed,
    LetterCounselRecorded,
    LetterDrafted,
    LetterDropped,
    LetterEvent,
    LetterFailed,
    LetterHandedOver,
    LetterHandoverStarted,
    LetterNamesAllowed,
    LetterNamesReduced,
    LetterOverdue,
    LetterPackageOpened,
    LetterQueued,
    LetterUncertain,
    RetireReason,
)
from service.letters.rests_on import Campaign, RestsOn

NONE = "none"  # a letter before its first event
# What each event makes of a letter: docs/log_format.md section 7.6.
STATES: dict[type[LetterEvent], str] = {
    LetterComposed: "composed",
    LetterApproved: "approved",
    LetterHandedOver: "handed_over",
    LetterFailed: "failed",
    LetterUncertain: "uncertain",
    LetterAccepted: "accepted",
    LetterBounced: "bounced",
    LetterAcknowledged: "acknowledged",
    LetterAnswered: "answered",
    LetterOverdue: "overdue",
    LetterDropped: "dropped",
}
INTERNAL_STATES: dict[type[LetterEvent], str] = {  # a recalled letter is again what it was before it was queued
    LetterDrafted: "draft",
    LetterQueued: "queued",
    LetterHandoverStarted: "handing_over",
}
# About annex B and what counsel says: the letter stays where it is.
UNMOVED = (LetterCounselRecorded, LetterNamesAllowed, LetterNamesReduced, LetterPackageOpened)
APPROVALS_MIN = 2  # DESIGN.md invariant 11
COMPOSABLE = frozenset({NONE, "draft", "composed", "approved", "failed", "bounced"})


@dataclass(frozen=True)
class Names:
    """What annex B holds now: how many it names, and the commitment to it."""

    named: int = 0
    commitment: str | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True)
class Letter:
    """A letter as its events left it."""

    id: str
    version: int = 0
    state: str = NONE
    composed: LetterComposed | None = None
    names: Names = Names()
    opened: int = 0  # how often its package with annex B was fetched
    counsel: Mapping[CounselOn, str] = field(default_factory=dict)  # hash of the words that counsel said yes to
    allowed: str = ""  # hash of the words with which two people let it name signers at risk
    drafted: LetterDrafted | None = None
    approval: int = 0  # how often it was approved: each time is another message
    attempts: int = 0  # number of the last attempt that ended, or whose end nobody knows
    versions: int = 0  # of the answer
    was_overdue: bool = False
    before_queue: str = ""  # its state when it was queued
    handed_over_day: str = ""
    acknowledged_day: str = ""

    @staticmethod
    def load(letter_id: str, events: Iterable[LetterEvent]) -> Letter:
        """Return the letter that these events make."""
        letter = Letter(letter_id)
        for event in events:
            letter = apply(letter, event)
        return letter

    def compose(self, made: LetterComposed, campaign: Campaign, words: str = "") -> LetterComposed:
        """Return the event that states what was made; `words` is the hash of what counsel reads of it.

        :raises Refused: if the letter went out, the campaign was withdrawn, its text is another by now, or it names
            signers at risk without the consent that this needs.
        """
        if self.state not in COMPOSABLE:
            raise Refused(f"a letter that is {self.state} is not composed again: begin a new one")
        if campaign.state not in ("open", "closed", "sealed"):
            raise Refused(f"no letter is composed for an appeal that is {campaign.state}")
        if made.text != campaign.text:
            raise Refused("the appeal's text changed while the letter was composed: compose it again")
        if made.named:
            self.refuse_names(campaign, words)
        before = self.composed or self.drafted
        if before is not None and (made.campaign, made.addressee) != (before.campaign, before.addressee):
            raise Refused("a letter keeps its campaign and its addressee: begin a new one")
        return made

    def refuse_names(self, campaign: Campaign, words: str) -> None:
        """Refuse annex B of an appeal at risk unless counsel and two people said yes to it with these very words."""
        if not campaign.is_at_risk:
            return
        if not words or self.counsel.get("names") != words:
            raise Refused(
                "the signers of this appeal may be at risk: a letter names them only if counsel consents to it with "
                "the present text: compose it without names, then `petition letter counsel LETTER --about names`"
            )
        if self.allowed != words:
            raise Refused(
                "the signers of this appeal may be at risk: a letter names them only if two people say so: "
                "`petition letter names LETTER --as ACCOUNT`"
            )

    def reduce_names(self, named: int, commitment: str, day: str) -> LetterNamesReduced:
        """Return the event that annex B was made anew. :raises Refused: if it would name more, or nothing changed."""
        if self.composed is None or named > self.names.named or (named > 0) != bool(commitment):
            raise Refused(f"annex B of {self.id} names {self.names.named}: it never grows without a new approval")
        return LetterNamesReduced(day=day, letter=self.id, named=named, names=commitment or msgspec.UNSET)

    def open_package(self, day: str) -> LetterPackageOpened:
        """Return the event that the addressee fetched the package. :raises Refused: unless two people approved it."""
        if self.composed is None or not self.approval:
            raise Refused(f"the letter {self.id} was not approved: nothing of it is fetched")
        return LetterPackageOpened(day=day, letter=self.id, access=self.opened + 1, named=self.names.named)

    def approve(self, pdf: str, approvers: frozenset[str], rests_on: RestsOn, day: str) -> LetterApproved:
        """Return the event that two people approved the letter as it was last composed: log_format.md section 7.6.

        Only their number stands in it. :raises Refused: if fewer did, both of them wrote or composed it, it is not
        composed, or what it rests on changed since.
        """
        made = self.composed
        if made is None or self.state != "composed":
            raise Refused(f"the letter {self.id} is {self.state}: only a composed one is approved")
        rests_on.refuse_approvers(approvers, APPROVALS_MIN)
        if made.pdf != pdf:
            raise Refused(f"the letter {self.id} was composed again: approve what it is now")
        if rests_on.campaign.state == "withdrawn":
            raise Refused("the appeal was withdrawn: none of its letters is approved")
        if made.text != rests_on.campaign.text:
            raise Refused("the appeal's text changed since: compose the letter again")
        if (made.record, "verified") != (rests_on.record, rests_on.status):
            raise Refused(f"the record of {made.addressee} that the letter was made with is not the verified one")
        rests_on.refuse_unready()
        if made.named:
            self.refuse_names(rests_on.campaign, rests_on.words)
        return LetterApproved(day=day, letter=self.id, approvals=len(approvers), pdf=pdf)


def apply(letter: Letter, event: LetterEvent) -> Letter:
    """Return the letter after an event."""
    moved = STATES.get(type(event)) or INTERNAL_STATES.get(type(event)) or letter.before_queue
    state = letter.state if isinstance(event, UNMOVED) else moved
    return replace(letter, version=letter.version + 1, state=state, **_changed(letter, event))


def _changed(letter: Letter, event: LetterEvent) -> dict[str, Any]:
    match event:
        case LetterDrafted():
            return {"drafted": event}
        case LetterComposed():
            return {"composed": event, "names": Names(event.named, event.names)}
        case LetterCounselRecorded():
            return {"counsel": {**letter.counsel, event.about: event.words}}
        case LetterNamesAllowed():
            return {"allowed": event.words}
        case LetterNamesReduced():
            return {"names": Names(event.named, event.names)}
        case LetterPackageOpened():
            return {"opened": event.access}
        case LetterApproved():
            return {"approval": letter.approval + 1}
        case LetterQueued():
            return {"before_queue": letter.state}
        case LetterHandedOver():
            return {"attempts": event.attempt, "handed_over_day": event.day}
        case LetterFailed() | LetterUncertain():
            return {"attempts": event.attempt}
        case LetterAcknowledged():
            return {"acknowledged_day": event.day}
        case LetterAnswered():
            return {"versions": event.version}
        case LetterOverdue():
            return {"was_overdue": True}
    return {}


@dataclass(frozen=True)
class Addressee:
    """An office as its events left it."""

    id: str
    version: int = 0
    document: str = ""  # hash of the current record; "": not registered
    status: str = "unverified"  # unverified verified retired

    @staticmethod
    def load(addressee_id: str, events: Iterable[AddresseeEvent]) -> Addressee:
        """Return the addressee that these events make."""
        addressee = Addressee(addressee_id)
        for event in events:
            addressee = apply_to_addressee(addressee, event)
        return addressee

    def enter(self, document: str, day: str) -> AddresseeRegistered | AddresseeAmended | None:
        """Return the event that makes this the current record, or nothing if it is. :raises Refused: if retired."""
        self._refuse_retired()
        if not self.document:
            return AddresseeRegistered(day=day, addressee=self.id, document=document)
        if self.document != document:
            return AddresseeAmended(day=day, addressee=self.id, document=document, replaces=self.document)
        return None

    def verify(self, document: str, day: str) -> AddresseeVerified | None:
        """Return the event that two people checked this record, or nothing if they had.

        :raises Refused: if it is not the current record, or the office is retired.
        """
        self._refuse_retired()
        if self.document != document:
            raise Refused(f"the record of {self.id} changed: read the current one and verify that")
        if self.status == "verified":
            return None
        return AddresseeVerified(day=day, addressee=self.id, document=document)

    def retire(self, reason: RetireReason, day: str) -> AddresseeRetired:
        """Return the event that the office is written to no more. :raises Refused: if it is unknown or retired."""
        self._refuse_retired()
        if not self.document:
            raise Refused(f"{self.id} is not in the register: `petition addressee list` shows what is")
        return AddresseeRetired(day=day, addressee=self.id, reason=reason)

    def _refuse_retired(self) -> None:
        if self.status == "retired":
            raise Refused(f"{self.id} was retired from the register: enter the office under another id")


def apply_to_addressee(addressee: Addressee, event: AddresseeEvent) -> Addressee:
    """Return the addressee after an event."""
    after = replace(addressee, version=addressee.version + 1)
    match event:
        case AddresseeRegistered() | AddresseeAmended():
            return replace(after, document=event.document, status="unverified")
        case AddresseeVerified():
            return replace(after, status="verified")
        case AddresseeRetired():
            return replace(after, status="retired")
    return after
